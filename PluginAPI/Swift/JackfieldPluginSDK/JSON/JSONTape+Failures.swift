/// A place in a JSON text.
struct JSONPlace: CodingKey {
  let stringValue: String
  let intValue: Int?

  init(stringValue: String) {
    self.stringValue = stringValue
    intValue = nil
  }

  init(intValue: Int) {
    stringValue = "\(intValue)"
    self.intValue = intValue
  }
}

/// Nothing here is kept while decoding goes well: a path is worked out when somebody asks for it.
extension JSONTape {
  @inline(never)
  func mismatch(_ type: Any.Type, _ expected: String, _ index: Int) -> DecodingError {
    let context = DecodingError.Context(
      codingPath: path(to: index), debugDescription: "expected \(expected), not \(self[index].name)")
    return self[index].kind == .null ? .valueNotFound(type, context) : .typeMismatch(type, context)
  }

  @inline(never)
  func unrepresentable(_ index: Int, _ type: String) -> DecodingError {
    .dataCorrupted(
      .init(
        codingPath: path(to: index), debugDescription: "\(numberText(index).prefix(40)) does not fit \(type)")
    )
  }

  @inline(never)
  func missing(_ key: some CodingKey, in object: Int) -> DecodingError {
    .keyNotFound(key, .init(codingPath: path(to: object), debugDescription: "is missing"))
  }

  /// The keys and positions that lead to a value.
  func path(to index: Int) -> [any CodingKey] {
    var path: [any CodingKey] = []
    var place = 0
    while place < index, self[place].isContainer, index < self[place].next {
      let isObject = self[place].kind == .object
      var child = place + 1
      var position = 0
      while true {
        let value = isObject ? child + 1 : child
        let next = end(of: value)
        if index < next {
          path.append(isObject ? JSONPlace(stringValue: string(child)) : JSONPlace(intValue: position))
          place = value
          break
        }
        child = next
        position += 1
      }
    }
    return path
  }
}
