import CYAML

/// What libyaml finds in a text, piece by piece.
struct YAMLEvents: ~Copyable {
  struct Event {
    enum Content {
      case document
      case mapping
      case sequence
      case scalar(text: String, isPlain: Bool)
      case alias
      /// Of a document, a mapping, a sequence or everything.
      case end
    }
    let content: Content
    /// Counted from 1.
    let line: Int
    let column: Int
    /// It has an anchor or a tag, which manifests do not use.
    var isDecorated = false
  }
  struct SyntaxError: Error {
    let line: Int
    let column: Int
    /// libyaml's words; they quote nothing of the text.
    let message: String
  }

  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private let text: UnsafeMutableBufferPointer<UInt8>

  init(_ bytes: [UInt8]) throws(SyntaxError) {
    parser = .allocate(capacity: 1)
    parser.initialize(to: yaml_parser_t())
    text = .allocate(capacity: bytes.count)
    _ = text.initialize(from: bytes)
    guard yaml_parser_initialize(parser) == 1 else {
      throw SyntaxError(line: 1, column: 1, message: "out of memory")
    }
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    yaml_parser_set_input_string(parser, text.baseAddress, text.count)
  }

  deinit {
    yaml_parser_delete(parser)
    parser.deallocate()
    text.deallocate()
  }

  mutating func next() throws(SyntaxError) -> Event {
    while true {
      var event = yaml_event_t()
      guard yaml_parser_parse(parser, &event) == 1 else { throw syntaxError() }
      defer { yaml_event_delete(&event) }
      if let event = YAMLEvents.event(event) { return event }
    }
  }

  private static func event(_ event: yaml_event_t) -> Event? {
    let line = Int(event.start_mark.line) + 1
    let column = Int(event.start_mark.column) + 1
    switch event.type {
    case YAML_STREAM_START_EVENT: return nil
    case YAML_DOCUMENT_START_EVENT: return Event(content: .document, line: line, column: column)
    case YAML_ALIAS_EVENT: return Event(content: .alias, line: line, column: column)
    case YAML_MAPPING_START_EVENT:
      let start = event.data.mapping_start
      return Event(
        content: .mapping, line: line, column: column, isDecorated: start.anchor != nil || start.tag != nil)
    case YAML_SEQUENCE_START_EVENT:
      let start = event.data.sequence_start
      return Event(
        content: .sequence, line: line, column: column, isDecorated: start.anchor != nil || start.tag != nil)
    case YAML_SCALAR_EVENT:
      let scalar = event.data.scalar
      let text = String(
        decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
      return Event(
        content: .scalar(text: text, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE), line: line,
        column: column,
        isDecorated: scalar.anchor != nil || scalar.tag != nil)
    default: return Event(content: .end, line: line, column: column)
    }
  }

  private func syntaxError() -> SyntaxError {
    let problem = parser.pointee.problem.map { String(cString: $0) } ?? "not YAML"
    if parser.pointee.error == YAML_READER_ERROR {
      let before = text.prefix(Int(parser.pointee.problem_offset))
      let line = before.count { $0 == UInt8(ascii: "\n") } + 1
      let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
      let column = before[start...].count { $0 & 0xC0 != 0x80 } + 1
      return SyntaxError(line: line, column: column, message: problem)
    }
    let mark = parser.pointee.problem_mark
    return SyntaxError(line: Int(mark.line) + 1, column: Int(mark.column) + 1, message: problem + context())
  }

  /// Where the thing began that cannot be as it is.
  private func context() -> String {
    guard let context = parser.pointee.context else { return "" }
    let start = parser.pointee.context_mark
    return ", \(String(cString: context)) that begins in line \(start.line + 1), column \(start.column + 1)"
  }
}
