/// JSON that is being written: unlike `JSONValue` it keeps the order of its members, so that a descriptor is the same
/// bytes every time it is made.
indirect enum JSONDocument {
  case null
  case bool(Bool)
  case integer(Int64)
  case string(String)
  case array([JSONDocument])
  case object([(key: String, value: JSONDocument)])
  /// Text that is known to be JSON.
  case verbatim(String)

  var hasObjectType: Bool {
    guard case .object(let members) = self else { return false }
    return members.contains { member in
      if case ("type", .string("object")) = (member.key, member.value) { true } else { false }
    }
  }

  var text: String {
    let output = JSONOutput()
    write(to: output)
    return output.text
  }

  private func write(to output: JSONOutput) {
    switch self {
    case .null: output.null()
    case .bool(let value): output.bool(value)
    case .integer(let value): output.decimal(value)
    case .string(let value): output.string(value)
    case .array(let values): list("[", values, "]", output) { $0.write(to: output) }
    case .object(let members):
      list("{", members, "}", output) { member in
        output.string(member.key)
        output.append(UInt8(ascii: ":"))
        member.value.write(to: output)
      }
    case .verbatim(let text): output.raw(text)
    }
  }

  private func list<Element>(
    _ opening: StaticString, _ elements: [Element], _ closing: StaticString, _ output: JSONOutput,
    _ write: (Element) -> Void
  ) {
    output.append(opening)
    for (index, element) in elements.enumerated() {
      if index > 0 { output.append(",") }
      write(element)
    }
    output.append(closing)
  }
}
