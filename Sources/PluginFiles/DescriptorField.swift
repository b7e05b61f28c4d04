import JSONCodec
import ToolContracts

/// One value of a descriptor together with where it stands, so that what is wrong with it can be said precisely.
struct DescriptorField {
  let view: JSONView
  let pointer: JSONPointer

  func member(_ key: String) -> DescriptorField? {
    view[key].map { DescriptorField(view: $0, pointer: pointer.appending(key)) }
  }

  func required(_ key: String, _ what: String) throws(PluginFailure) -> DescriptorField {
    guard let field = member(key) else { throw missing(key, what) }
    return field
  }

  /// - Parameter what: says what the value should have been; the message is "expected `what`".
  func failure(_ what: String) -> PluginFailure {
    let place = pointer.tokens.isEmpty ? "the root" : pointer.description
    return PluginFailure(.descriptorInvalid, "has an invalid descriptor: at \(place), expected \(what).")
  }

  private func missing(_ key: String, _ what: String) -> PluginFailure {
    let field = DescriptorField(view: view, pointer: pointer.appending(key))
    return field.failure("\(what), found nothing")
  }

  func string(_ what: String = "a string", where accepts: (String) -> Bool = { _ in true })
    throws(PluginFailure)
    -> String
  {
    guard let text = view.string, accepts(text) else { throw failure(what) }
    return text
  }

  func bool() throws(PluginFailure) -> Bool {
    guard let value = view.bool else { throw failure("true or false") }
    return value
  }

  func positiveInteger() throws(PluginFailure) -> Int64 {
    guard let value = view.int, value >= 1 else { throw failure("a whole number from 1 on") }
    return value
  }

  func object() throws(PluginFailure) -> DescriptorField {
    guard view.kind == .object else { throw failure("an object") }
    return self
  }

  /// A JSON Schema whose root says `"type": "object"`; that it is a valid schema is found out when it is compiled.
  func objectSchema() throws(PluginFailure) -> JSONValue {
    guard view.kind == .object, view["type"]?.string == "object" else {
      throw failure("a JSON Schema with \"type\": \"object\"")
    }
    return view.value
  }

  func elements(atMost limit: Int, _ what: String) throws(PluginFailure) -> [DescriptorField] {
    guard view.kind == .array, view.count <= limit else {
      throw failure("an array of at most \(limit) \(what)")
    }
    return view.elements.enumerated().map { DescriptorField(view: $1, pointer: pointer.appending($0)) }
  }

  func distinctStrings() throws(PluginFailure) -> [String] {
    var seen: Set<String> = []
    var strings: [String] = []
    for element in try elements(atMost: 64, "strings") {
      strings.append(
        try element.string("a string of 1 to 128 bytes that is not there yet") {
          (1...128).contains($0.utf8.count) && seen.insert($0).inserted
        })
    }
    return strings
  }
}
