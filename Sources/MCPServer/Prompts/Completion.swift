import JSONCodec
import ToolContracts

/// A question for the values that something half typed could become.
struct Completion: Sendable {
  enum Subject: Sendable {
    case prompt(String)
    case template(String)
  }
  static let maxValues = 100

  let subject: Subject
  let name: String
  let value: String

  init(_ params: JSONView?) throws(ProtocolError) {
    let reference = params?["ref"]
    switch (reference?["type"]?.string, reference?["name"]?.string, reference?["uri"]?.string) {
    case ("ref/prompt", let name?, _): subject = .prompt(name)
    case ("ref/resource", _, let uri?): subject = .template(uri)
    default: throw .invalidParams("ref must be of type ref/prompt with a name, or ref/resource with a uri")
    }
    guard let name = params?["argument"]?["name"]?.string, let value = params?["argument"]?["value"]?.string
    else {
      throw .invalidParams("argument must have a name and a value, both strings")
    }
    self.name = name
    self.value = value
  }
}

extension MCPServer {
  func complete(_ completion: Completion, _ answer: Answer) async throws(ProtocolError) -> [UInt8] {
    let values = try await values(for: completion)
    return answer.result { writer in
      writer.key("completion")
      writer.beginObject()
      writer.field("values", .array(values.prefix(Completion.maxValues).map { .string($0) }))
      writer.field("total", values.count)
      writer.field("hasMore", values.count > Completion.maxValues)
      writer.endObject()
    }
  }

  private func values(for completion: Completion) async throws(ProtocolError) -> [String] {
    switch completion.subject {
    case .prompt(let name):
      let argument = try prompt(named: name, in: catalog.prompts).arguments.first {
        $0.name == completion.name
      }
      return argument?.suggestions.filter { $0.hasPrefix(completion.value) } ?? []
    case .template(let uri):
      guard resources.templates.contains(where: { $0.uri == uri }) else {
        throw .invalidParams("there is no such resource template", data: ["uri": .string(uri)])
      }
      return try await asking { () async throws(InvocationFailure) in
        try await resources.completions(
          of: completion.name, in: uri, prefix: completion.value, for: principal)
      }
    }
  }
}
