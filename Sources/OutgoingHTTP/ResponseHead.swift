import JSONCodec

/// The head of a response, line by line. A server's word: bounded, and passed on without what no longer holds.
struct ResponseHead {
  private static let longest = 64 << 10

  private(set) var status = 0
  private var fields: [(name: String, value: String)] = []
  private var byteCount = 0
  /// Its last line has come, and it is the answer: neither one that only announces another, nor a redirect.
  private(set) var isWhole = false
  private(set) var isEventStream = false
  /// Where it sends the request instead.
  private(set) var redirect: String?

  enum Outcome {
    case goesOn
    case isWhole
    case isTooLong
  }

  mutating func take(_ line: UnsafeRawBufferPointer) -> Outcome {
    byteCount += line.count
    guard byteCount <= Self.longest else { return .isTooLong }
    // Trailers come after the body.
    guard !isWhole, redirect == nil else { return .goesOn }
    let text = String(decoding: line.prefix { $0 != 0x0D && $0 != 0x0A }, as: UTF8.self)
    if text.isEmpty { return end() }
    if text.hasPrefix("HTTP/") {
      let words = text.split(separator: " ")
      (status, fields) = (words.count > 1 ? Int(words[1]) ?? 0 : 0, [])
    } else if let colon = text.firstIndex(of: ":"), text.first != " ", text.first != "\t" {
      let value = text[text.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
      fields.append((name: text[..<colon].lowercased(), value: String(value)))
    }
    return .goesOn
  }

  private mutating func end() -> Outcome {
    guard status >= 200 else { return .goesOn }
    if [301, 302, 303, 307, 308].contains(status), let next = fields.last(where: { $0.name == "location" }) {
      redirect = next.value
      return .goesOn
    }
    isWhole = true
    isEventStream = fields.contains { $0.name == "content-type" && $0.value.hasPrefix("text/event-stream") }
    return .isWhole
  }

  /// - Parameter url: what was asked, after redirects.
  func json(url: String) -> [UInt8] {
    // The body is handed on decoded.
    let isEncoded = fields.contains { $0.name == "content-encoding" }
    var writer = JSONWriter()
    writer.beginObject()
    writer.field("status", status)
    writer.field("url", url)
    writer.key("headers")
    writer.beginArray()
    for (name, value) in fields {
      if isEncoded, name == "content-encoding" || name == "content-length" { continue }
      writer.beginArray()
      writer.string(name)
      writer.string(value)
      writer.endArray()
    }
    writer.endArray()
    writer.endObject()
    return writer.bytes
  }
}
