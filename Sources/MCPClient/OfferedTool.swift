import CCrypto
package import JSONCodec

/// A tool as its server describes it: what is pinned.
package struct OfferedTool: Sendable, Hashable {
  /// As the server calls it.
  package var name: String
  package var title: String?
  package var description: String?
  /// An object.
  package var inputSchema: JSONValue
  package var outputSchema: JSONValue?
  package var annotations: JSONValue?
  /// Not pinned: no model reads them.
  package var icons: ToolIcons?

  /// - Returns: nil for what is no tool.
  package init?(_ value: JSONValue) {
    guard let name = value["name"]?.string, (1...256).contains(name.utf8.count),
      let inputSchema = value["inputSchema"], inputSchema.kind == .object
    else { return nil }
    self.name = name
    self.inputSchema = inputSchema
    title = value["title"]?.string
    description = value["description"]?.string
    outputSchema = value["outputSchema"].flatMap { $0.isNull ? nil : $0 }
    annotations = value["annotations"].flatMap { $0.kind == .object ? $0 : nil }
    icons = value["icons"].flatMap { ToolIcons($0) }
  }

  /// What is pinned of it.
  package var json: JSONValue {
    var object: JSONObject = ["name": .string(name)]
    object["title"] = title.map { .string($0) }
    object["description"] = description.map { .string($0) }
    object["inputSchema"] = inputSchema
    object["outputSchema"] = outputSchema
    object["annotations"] = annotations
    return .object(object)
  }

  /// `sha256:` and 64 hexadecimal digits, over the canonical JSON (RFC 8785) of all that is here; nil where it has a
  /// number that has no canonical form.
  package var digest: String? {
    do throws(JSONError) { return "sha256:" + hexadecimal(sha256(of: try json.canonical())) } catch {
      return nil
    }
  }
}

func sha256(of bytes: [UInt8]) -> [UInt8] {
  var hash = [UInt8](repeating: 0, count: 32)
  jf_sha256(bytes, bytes.count, &hash)
  return hash
}

func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
  let digits = Array("0123456789abcdef".utf8)
  return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}
