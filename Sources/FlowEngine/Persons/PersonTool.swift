import JSONCodec
import Manifests
import ToolContracts

/// The tool with which an agent asks for a person. The host's own: it is no plugin's, and its call is no call of one.
enum PersonTool {
  static let name = HumanHandoffManifest.toolName
  private static let maxReasonCharacters = 1000

  static let advertised = AdvertisedTool(
    modelName: name,
    description: """
      Hands this over to a person, who answers in your place or gives it back to you. For what you are not able or not \
      allowed to decide. The person reads the reason that you give.
      """,
    inputSchema: [
      "type": "object",
      "properties": [
        "reason": [
          "type": "string", "minLength": 1, "maxLength": .int(Int64(maxReasonCharacters)),
          "description": "Why a person is needed, in a sentence.",
        ]
      ],
      "required": ["reason"],
      "additionalProperties": false,
    ], target: .person)

  /// - Throws: for anything that is not in the form of the schema.
  static func reason(in call: ModelToolCall) throws(InvocationFailure) -> String {
    let document: JSONDocument
    do { document = try JSONDocument(parsing: Array(call.arguments.utf8), limits: .strict) } catch {
      throw InvocationFailure(.invalidJSON, "the arguments of \(name) are not valid JSON: \(error.message)")
    }
    if document.root.kind == .object,
      let other = document.root.members.first(where: { $0.key != "reason" })
    {
      throw InvocationFailure(
        .schemaViolation, "\(name) takes a reason and nothing else", pointer: JSONPointer([other.key]))
    }
    guard let reason = document.root["reason"]?.string, !reason.isEmpty,
      reason.count <= maxReasonCharacters
    else {
      throw InvocationFailure(
        .schemaViolation, "\(name) needs a reason of 1 to \(maxReasonCharacters) characters",
        pointer: JSONPointer(["reason"]))
    }
    return reason
  }
}

extension Toolbox {
  var withPerson: Toolbox { Toolbox(tools + [PersonTool.advertised]) }
}
