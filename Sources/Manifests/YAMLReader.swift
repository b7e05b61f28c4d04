import JSONCodec

/// Reads the part of YAML in which a text says what it seems to say: no anchors, aliases, tags or merge keys, one
/// document, no key twice.
struct YAMLReader: ~Copyable {
  static let maxDepth = 64

  private let file: String
  private var events: YAMLEvents
  private var errors: [ManifestError] = []
  private var pointer = JSONPointer.root

  /// - Throws: all faults of the text up to the first after which it cannot be understood.
  static func read(_ bytes: [UInt8], file: String) throws(ManifestErrors) -> ManifestNode {
    let events: YAMLEvents
    do { events = try YAMLEvents(bytes) } catch { throw ManifestErrors([syntaxError(error, in: file)]) }
    var reader = YAMLReader(file: file, events: events)
    let node: ManifestNode
    do { node = try reader.document() } catch { throw ManifestErrors(reader.errors + [error]) }
    guard reader.errors.isEmpty else { throw ManifestErrors(reader.errors) }
    return node
  }

  private init(file: String, events: consuming YAMLEvents) {
    self.file = file
    self.events = events
  }

  private mutating func document() throws(ManifestError) -> ManifestNode {
    let start = try next()
    guard case .document = start.content else { throw fault(.syntax, start, "the file is empty") }
    let root = try node(try next(), depth: 0)
    _ = try next()
    let after = try next()
    guard case .end = after.content else {
      throw fault(
        .unsupportedYAML, after, "a manifest is one document; put a second one into a file of its own")
    }
    return root
  }

  private mutating func node(_ event: YAMLEvents.Event, depth: Int) throws(ManifestError) -> ManifestNode {
    if event.isDecorated {
      errors.append(fault(.unsupportedYAML, event, "anchors (&) and tags (!) are not used in manifests"))
    }
    guard depth < YAMLReader.maxDepth else {
      throw fault(.tooLarge, event, "nested deeper than \(YAMLReader.maxDepth) levels")
    }
    let content: ManifestNode.Content
    switch event.content {
    case .scalar(let text, isPlain: false): content = .string(text)
    case .scalar(let text, isPlain: true): content = scalar(text, event)
    case .sequence: content = .array(try elements(depth: depth + 1))
    case .mapping: content = .object(try members(depth: depth + 1))
    case .alias:
      errors.append(
        fault(.unsupportedYAML, event, "aliases (*) are not used in manifests; a string with * needs quotes"))
      content = .null
    case .document, .end: throw fault(.syntax, event, "a value is missing")
    }
    return ManifestNode(content: content, line: event.line, column: event.column)
  }

  private mutating func scalar(_ text: String, _ event: YAMLEvents.Event) -> ManifestNode.Content {
    if let content = plainScalar(text) { return content }
    errors.append(fault(.unsupportedYAML, event, "infinities and NaN are not numbers of a manifest"))
    return .null
  }

  private mutating func elements(depth: Int) throws(ManifestError) -> [ManifestNode] {
    var elements: [ManifestNode] = []
    while true {
      let event = try next()
      if case .end = event.content { return elements }
      pointer.tokens.append(String(elements.count))
      elements.append(try node(event, depth: depth))
      pointer.tokens.removeLast()
    }
  }

  private mutating func members(depth: Int) throws(ManifestError) -> [ManifestNode.Member] {
    var members: [ManifestNode.Member] = []
    var lines: [String: Int] = [:]
    while true {
      let event = try next()
      if case .end = event.content { return members }
      let key = try key(event)
      pointer.tokens.append(key)
      if let line = lines.updateValue(event.line, forKey: key) {
        errors.append(fault(.duplicateKey, event, "the key '\(key)' is already there, in line \(line)"))
      }
      let value = try node(try next(), depth: depth)
      members.append(.init(key: key, line: event.line, column: event.column, value: value))
      pointer.tokens.removeLast()
    }
  }

  private mutating func key(_ event: YAMLEvents.Event) throws(ManifestError) -> String {
    guard case .scalar(let text, let isPlain) = event.content else {
      throw fault(.unsupportedYAML, event, "a key is a string")
    }
    if event.isDecorated {
      errors.append(fault(.unsupportedYAML, event, "anchors (&) and tags (!) are not used in manifests"))
    }
    if isPlain && text == "<<" {
      errors.append(fault(.unsupportedYAML, event, "merge keys (<<) are not used in manifests"))
    }
    return text
  }

  private mutating func next() throws(ManifestError) -> YAMLEvents.Event {
    do { return try events.next() } catch { throw YAMLReader.syntaxError(error, in: file) }
  }

  private func fault(_ code: ManifestError.Code, _ event: YAMLEvents.Event, _ message: String)
    -> ManifestError
  {
    ManifestError(
      code, at: SourceLocation(file: file, line: event.line, column: event.column, pointer: pointer), message)
  }

  private static func syntaxError(_ error: YAMLEvents.SyntaxError, in file: String) -> ManifestError {
    ManifestError(
      .syntax, at: SourceLocation(file: file, line: error.line, column: error.column, pointer: .root),
      error.message)
  }
}
