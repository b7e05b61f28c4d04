import JSONCodec

/// Reads a manifest written as JSON.
enum JSONManifest {
  /// - Throws: the first fault of the text.
  static func read(_ bytes: [UInt8], file: String) throws(ManifestErrors) -> ManifestNode {
    do {
      var limits = JSONLimits.strict
      limits.maxDepth = YAMLReader.maxDepth
      let document = try JSONDocument(parsing: bytes, limits: limits)
      return node(document.root, in: LineIndex(bytes))
    } catch {
      let location = SourceLocation(file: file, line: error.line, column: error.column, pointer: .root)
      let code: ManifestError.Code =
        switch error.code {
        case .duplicateKey: .duplicateKey
        case .tooDeep, .tooLarge: .tooLarge
        default: .syntax
        }
      throw ManifestErrors([ManifestError(code, at: location, error.message)])
    }
  }

  private static func node(_ view: JSONView, in lines: LineIndex) -> ManifestNode {
    let content: ManifestNode.Content =
      switch view.kind {
      case .array: .array(view.elements.map { node($0, in: lines) })
      case .object:
        .object(
          view.members.map { key, value in
            let (line, column) = lines.position(of: lines.startOfKey(before: value.rawBytes.startIndex))
            return .init(key: key, line: line, column: column, value: node(value, in: lines))
          })
      default: scalar(view)
      }
    let (line, column) = lines.position(of: view.rawBytes.startIndex)
    return ManifestNode(content: content, line: line, column: column)
  }

  private static func scalar(_ view: JSONView) -> ManifestNode.Content {
    switch view.value {
    case .bool(let value): .bool(value)
    case .number(let value): .number(value)
    case .string(let value): .string(value)
    default: .null
    }
  }
}

/// Lines and columns of a text by offset.
private struct LineIndex {
  let bytes: [UInt8]
  /// Offsets of the first byte of every line.
  let starts: [Int]

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    starts = [0] + bytes.indices.filter { bytes[$0] == UInt8(ascii: "\n") }.map { $0 + 1 }
  }

  func position(of offset: Int) -> (line: Int, column: Int) {
    var (low, high) = (0, starts.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= offset { low = middle } else { high = middle }
    }
    return (low + 1, bytes[starts[low]..<offset].count { $0 & 0xC0 != 0x80 } + 1)
  }

  /// The opening quote of the key whose value begins at `offset`.
  func startOfKey(before offset: Int) -> Int {
    var quotes = 0
    var at = offset - 1
    while at > 0 {
      if bytes[at] == UInt8(ascii: "\""), !isEscaped(at) { quotes += 1 }
      if quotes == 2 { return at }
      at -= 1
    }
    return 0
  }

  private func isEscaped(_ offset: Int) -> Bool {
    bytes[..<offset].reversed().prefix { $0 == UInt8(ascii: "\\") }.count % 2 == 1
  }
}
