package import JackfieldPluginSDK

/// Arithmetic for models, which are bad at it.
package struct CalcPlugin: Plugin {
  package static let id = "calc"
  package static let version = "1.0.0"
  package static let functions: [Function<CalcPlugin>] = [.tool { _ in Evaluate() }]

  package init(_ opening: OpenContext) {}
}

/// Computes one expression.
package struct Evaluate: Tool {
  package static let name = "evaluate"
  package static let title: String? = "Calculator"
  package static let description = """
    Evaluates an arithmetic expression exactly as written. Operators: + - * / % (remainder) ^ (power), parentheses. \
    Constants: pi, e, tau. Angles are in radians. Functions: \(Operation.signatures).
    """
  package static let effect = Effect.none
  package static let limits = LimitHints(timeoutMilliseconds: 1000, maxResultBytes: 4096)
  package static let inputSchema = Schema.json(
    """
    {"type":"object","properties":{"expression":{"type":"string","minLength":1,"maxLength":\(Calculation.longest),\
    "description":"For example: (3 + 4) * 2^10 / sqrt(2)"}},"required":["expression"],"additionalProperties":false,\
    "examples":[{"expression":"(3 + 4) * 2^10 / sqrt(2)"}]}
    """)

  package struct Input: Codable, Sendable {
    package var expression: String

    package init(expression: String) {
      self.expression = expression
    }
  }

  package struct Output: Codable, Sendable, Equatable, DescribedProperties {
    package var value: Double
    package var text: String
    package static let propertyDescriptions = [
      "value": "The result as a double precision number.",
      "text": "The result for people, with 15 significant digits.",
    ]
  }

  package init() {}

  package func call(_ input: Input, context: CallContext) throws -> Output {
    do {
      let value = try Calculation.evaluate(input.expression)
      return Output(value: value, text: Calculation.text(of: value))
    } catch .unknownName(let name, let column) {
      let closest = closestName(to: name, among: Operation.names).map { "; did you mean \"\($0)\"?" } ?? ""
      throw ToolError("unknown name \"\(name)\" at column \(column)\(closest)")
    } catch {
      throw ToolError(error.message)
    }
  }
}
