/// Makes a JSON text fit on a line: what is passed on unread may have been printed over several.
///
/// Between tokens a line feed is white space and becomes a space; within strings JSON has none. U+2028 and U+2029 occur
/// in strings only; some readers of lines end a line there, so they are escaped.
package func makeSingleLine(_ json: inout [UInt8]) {
  json.withUnsafeMutableBufferPointer { bytes in
    for lineEnd in [UInt8(ascii: "\n"), UInt8(ascii: "\r")] {
      var rest = bytes[...]
      while let found = UnsafeBufferPointer(rebasing: rest).position(of: lineEnd) {
        let position = rest.startIndex + found
        bytes[position] = UInt8(ascii: " ")
        rest = bytes[(position + 1)...]
      }
    }
  }
  if firstLineSeparator(in: json) != nil { json = escapingLineSeparators(json) }
}

private func firstLineSeparator(in json: [UInt8], from start: Int = 0) -> Int? {
  json.withUnsafeBufferPointer { bytes in
    var position = start
    while let found = UnsafeBufferPointer(rebasing: bytes[position...]).position(of: 0xE2) {
      position += found
      if position + 2 < bytes.count, bytes[position + 1] == 0x80, bytes[position + 2] & 0xFE == 0xA8 {
        return position
      }
      position += 1
    }
    return nil
  }
}

private func escapingLineSeparators(_ json: [UInt8]) -> [UInt8] {
  var escaped: [UInt8] = []
  escaped.reserveCapacity(json.count + 64)
  var plain = 0
  while let position = firstLineSeparator(in: json, from: plain) {
    escaped.append(contentsOf: json[plain..<position])
    escaped.append(contentsOf: json[position + 2] == 0xA8 ? #"\u2028"#.utf8 : #"\u2029"#.utf8)
    plain = position + 3
  }
  escaped.append(contentsOf: json[plain...])
  return escaped
}
