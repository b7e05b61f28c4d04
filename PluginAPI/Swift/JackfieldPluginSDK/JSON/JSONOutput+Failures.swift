/// Where something went wrong; worked out when it has.
extension JSONOutput {
  func note(_ rule: String) {
    misuse = .invalidValue(rule, .init(codingPath: path(of: open), debugDescription: rule))
  }

  /// The keys and positions that lead to a container.
  func path(of container: Int) -> [any CodingKey] {
    path(ofMemberIn: containers.indices.contains(container) ? containers[container].parent : -1)
  }

  /// The keys and positions that lead to what was last begun in a container.
  func path(ofMemberIn container: Int) -> [any CodingKey] {
    var path: [any CodingKey] = []
    var place = container
    while containers.indices.contains(place) {
      path.append(self.place(lastIn: containers[place]))
      place = containers[place].parent
    }
    return path.reversed()
  }

  private func place(lastIn container: JSONContainer) -> any CodingKey {
    if container.kind == .array { return JSONPlace(intValue: container.count - 1) }
    let text = buffer.dropFirst(container.last + 1)
    var isEscaped = false
    let key = text.prefix { byte in
      defer { isEscaped = !isEscaped && byte == UInt8(ascii: "\\") }
      return byte != UInt8(ascii: "\"") || isEscaped
    }
    let quoted = Array(buffer.dropFirst(container.last).prefix(key.count + 2))
    let name = quoted.withUnsafeBytes { quoted in
      try? JSONTape(parsing: quoted).decodeString(0)
    }
    return JSONPlace(stringValue: name ?? "?")
  }
}
