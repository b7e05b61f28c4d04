import JSONCodec

/// A value of a manifest, and where it was written.
struct ManifestNode: Sendable {
  indirect enum Content: Sendable {
    case null
    case bool(Bool)
    case number(JSONNumber)
    case string(String)
    case array([ManifestNode])
    case object([Member])
  }
  struct Member: Sendable {
    let key: String
    /// Of the key.
    let line: Int
    let column: Int
    let value: ManifestNode
  }
  let content: Content
  /// Counted from 1.
  let line: Int
  /// Counted from 1, in characters.
  let column: Int

  subscript(key: String) -> ManifestNode? { member(key)?.value }

  func member(_ key: String) -> Member? {
    guard case .object(let members) = content else { return nil }
    return members.first { $0.key == key }
  }

  var json: JSONValue {
    switch content {
    case .null: .null
    case .bool(let value): .bool(value)
    case .number(let value): .number(value)
    case .string(let value): .string(value)
    case .array(let elements): .array(elements.map(\.json))
    case .object(let members):
      .object(JSONObject(uniqueKeysWithValues: members.map { ($0.key, $0.value.json) }))
    }
  }

  /// Where the value that `pointer` names begins; for a member of an object, where its key does. Of a value that is not
  /// there, the place of the nearest that would contain it.
  func position(of pointer: JSONPointer) -> (line: Int, column: Int) {
    var node = self
    var position = (line, column)
    for token in pointer.tokens {
      switch node.content {
      case .object:
        guard let member = node.member(token) else { return position }
        position = (member.line, member.column)
        node = member.value
      case .array(let elements):
        guard let index = JSONPointer.arrayIndex(token), elements.indices.contains(index) else {
          return position
        }
        node = elements[index]
        position = (node.line, node.column)
      default: return position
      }
    }
    return position
  }

  /// The same tree with other strings; keys stay.
  func mapStrings<Failure: Error>(
    at pointer: JSONPointer = .root, _ transform: (String, JSONPointer) throws(Failure) -> String
  ) throws(Failure) -> ManifestNode {
    switch content {
    case .string(let text): return with(.string(try transform(text, pointer)))
    case .array(let elements):
      var mapped: [ManifestNode] = []
      for (index, element) in elements.enumerated() {
        mapped.append(try element.mapStrings(at: pointer.appending(index), transform))
      }
      return with(.array(mapped))
    case .object(let members):
      var mapped: [Member] = []
      for member in members {
        let value = try member.value.mapStrings(at: pointer.appending(member.key), transform)
        mapped.append(Member(key: member.key, line: member.line, column: member.column, value: value))
      }
      return with(.object(mapped))
    default: return self
    }
  }

  private func with(_ content: Content) -> ManifestNode {
    ManifestNode(content: content, line: line, column: column)
  }
}
