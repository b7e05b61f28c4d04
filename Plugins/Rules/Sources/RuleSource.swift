internal import JackfieldPluginSDK

/// The configuration as an author writes it; RulesPlugin.swift has its schema and README.md explains it.
package struct RuleSource: Decodable, Sendable {
  var models: [String: Model]

  /// - Parameter json: As the host hands it over, checked against the schema.
  package init(parsing json: String) throws {
    self = try JSON.decode(RuleSource.self, from: json)
  }

  struct Model: Decodable, Sendable {
    var rules: [Rule]?
    var `default`: Action
  }

  struct Rule: Decodable, Sendable {
    var name: String?
    var when: Condition?
    var action: Action

    private enum Key: CodingKey { case name, when }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Key.self)
      name = try container.decodeIfPresent(String.self, forKey: .name)
      when = try container.decodeIfPresent(Condition.self, forKey: .when)
      action = try Action(from: decoder)
    }
  }

  struct Condition: Decodable, Sendable {
    var message: String?
    var handoff: Handoff?
    var toolResult: OneOrMore<ToolResult>?
    var called: [String]?
    var notCalled: [String]?

    enum CodingKeys: String, CodingKey {
      case message, handoff, called
      case toolResult = "tool_result"
      case notCalled = "not_called"
    }
  }

  struct Handoff: Decodable, Sendable {
    var from: String?
    var pattern: String?
    var fields: [String: String]?
  }

  struct ToolResult: Decodable, Sendable {
    var tool: String?
    var isError: Bool?
    var code: String?
    var pattern: String?
    var fields: [String: String]?
    var arguments: [String: String]?

    enum CodingKeys: String, CodingKey {
      case tool, code, pattern, fields, arguments
      case isError = "is_error"
    }
  }

  struct Action: Decodable, Sendable {
    var answer: String?
    var call: OneOrMore<Call>?
    var handoff: HandoffCall?
  }

  struct Call: Decodable, Sendable {
    var tool: String
    var arguments: JSONValue?
  }

  struct HandoffCall: Decodable, Sendable {
    var agent: String
    var arguments: JSONValue?
  }

  /// One element may stand without the brackets of a list.
  struct OneOrMore<Element: Decodable & Sendable>: Decodable, Sendable {
    let elements: [Element]

    init(from decoder: any Decoder) throws {
      if let container = try? decoder.unkeyedContainer() {
        var container = container
        var elements: [Element] = []
        while !container.isAtEnd { elements.append(try container.decode(Element.self)) }
        self.elements = elements
      } else {
        elements = [try Element(from: decoder)]
      }
    }
  }
}
