package import JSONCodec

/// The id of a request, kept as it was written, so that an answer repeats it exactly: `5`, `"5"` and an integer of any
/// size stay what they are.
package struct RequestID: Hashable, Sendable, CustomStringConvertible {
  /// One JSON string or integer.
  private let json: String

  /// - Returns: nil for what is no id: null, a fraction, an exponent, anything but a string or an integer.
  package init?(_ view: JSONView) {
    switch view.kind {
    case .string: json = view.rawText
    case .number:
      let text = view.rawText
      guard text.utf8.allSatisfy({ $0 == UInt8(ascii: "-") || (0x30...0x39).contains($0) }) else {
        return nil
      }
      json = text
    default: return nil
    }
  }

  package init(_ number: Int64) { json = String(number) }

  package init(_ text: String) { json = JSONValue.string(text).text }

  /// The id as JSON.
  package var description: String { json }

  package func write(to writer: inout JSONWriter) { writer.raw(json.utf8) }

  // String's own == takes canonically equivalent texts for one.
  package static func == (left: RequestID, right: RequestID) -> Bool {
    left.json.utf8.elementsEqual(right.json.utf8)
  }

  package func hash(into hasher: inout Hasher) {
    var json = json
    json.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }
}
