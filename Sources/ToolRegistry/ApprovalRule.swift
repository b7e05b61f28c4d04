package import JSONCodec
import JSONSchema
package import ToolContracts

/// Which calls of a tool a person must approve, and for how long a question and its answer hold.
package struct ApprovalRule: Sendable {
  package let expiresNanoseconds: Int64
  /// Nil: all of them.
  private let condition: CompiledSchema?
  private let json: JSONValue

  /// - Parameter condition: a JSON Schema; calls whose arguments have this form are asked about. Nil, and one that does
  ///   not compile: all are.
  package init(when condition: JSONValue? = nil, expiresNanoseconds: Int64 = 86_400_000_000_000) {
    self.condition = condition.flatMap { try? CompiledSchema($0) }
    self.expiresNanoseconds = expiresNanoseconds
    json = ["when": condition ?? .null, "expires_ms": .int(expiresNanoseconds / 1_000_000)]
  }

  /// What cannot be judged is asked about.
  fileprivate func asks(about arguments: JSONView) -> Bool { condition?.isValid(arguments) ?? true }

  fileprivate var version: JSONValue { json }
}

/// What it takes to approve a call of one tool. A value: it stays as it was when a run began.
package struct ToolApproval: Sendable {
  package let tool: ToolName
  package let rule: ApprovalRule
  private let pluginDigest: String
  private let inputSchema: CompiledSchema

  fileprivate init(_ function: RegisteredFunction, _ rule: ApprovalRule) {
    tool = function.name
    self.rule = rule
    pluginDigest = function.pluginDigest
    inputSchema = function.inputSchema
  }

  /// Names exactly what is approved: this tool of this very plugin file, these arguments, under this rule. Arguments that
  /// are the same JSON have the same digest, however they are written.
  package func digest(of arguments: [UInt8]) -> String {
    let value = (try? JSONDocument(parsing: arguments, limits: .strict))?.root.value
    let subject: JSONValue = [
      "tool": .string(tool.description), "plugin": .string(pluginDigest), "rule": rule.version,
      "arguments": value ?? .string(String(decoding: arguments, as: UTF8.self)),
    ]
    // A number that no double can hold has no canonical form; it is taken as it is written.
    return sha256(of: (try? subject.canonical()) ?? subject.serialized())
  }

  /// Whether a person is to be asked. Not about arguments that will be refused anyway.
  package func isNeeded(for arguments: [UInt8]) -> Bool {
    guard let document = try? JSONDocument(parsing: arguments, limits: .strict) else { return false }
    return inputSchema.isValid(document.root) && rule.asks(about: document.root)
  }

  /// - Returns: what is wrong with arguments that a person gives instead; nil where nothing is.
  package func fault(in arguments: [UInt8]) -> String? {
    do {
      let document = try JSONDocument(parsing: arguments, limits: .strict)
      return inputSchema.validate(document.root, maxErrors: 1).first?.message
    } catch { return error.message }
  }
}

extension EnabledFunction {
  /// Nil where none of its calls need approval.
  package var approval: ToolApproval? { approvalRule.map { ToolApproval(function, $0) } }
}
