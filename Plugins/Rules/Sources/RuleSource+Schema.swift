extension RuleSource {
  /// The schema of the configuration. What it cannot say (a pattern, a pointer, a template, a slot that nobody fills) is
  /// checked when the plugin is opened.
  static let schema = """
    {
      "type": "object",
      "properties": {
        "models": {
          "type": "object", "minProperties": 1, "additionalProperties": {"$ref": "#/$defs/model"},
          "description": "Name to rules."
        }
      },
      "required": ["models"],
      "additionalProperties": false,
      "$defs": {
        "model": {
          "type": "object",
          "properties": {
            "rules": {"type": "array", "items": {"$ref": "#/$defs/rule"}},
            "default": {
              "type": "object",
              "properties": {
                "answer": {"type": "string"}, "call": {"$ref": "#/$defs/calls"}, "handoff": {"$ref": "#/$defs/handoff"}
              },
              "minProperties": 1, "additionalProperties": false
            }
          },
          "required": ["default"],
          "additionalProperties": false
        },
        "rule": {
          "type": "object",
          "properties": {
            "name": {"type": "string", "description": "For messages to the author."},
            "when": {"$ref": "#/$defs/when"},
            "answer": {"type": "string"},
            "call": {"$ref": "#/$defs/calls"},
            "handoff": {"$ref": "#/$defs/handoff"}
          },
          "anyOf": [{"required": ["answer"]}, {"required": ["call"]}, {"required": ["handoff"]}],
          "additionalProperties": false
        },
        "when": {
          "type": "object",
          "properties": {
            "message": {"type": "string"},
            "handoff": {
              "type": "object",
              "properties": {
                "from": {"type": "string"}, "pattern": {"type": "string"}, "fields": {"$ref": "#/$defs/fields"}
              },
              "additionalProperties": false
            },
            "tool_result": {
              "anyOf": [{"$ref": "#/$defs/result"}, {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/result"}}]
            },
            "called": {"type": "array", "items": {"type": "string"}},
            "not_called": {"type": "array", "items": {"type": "string"}}
          },
          "additionalProperties": false
        },
        "result": {
          "type": "object",
          "properties": {
            "tool": {"type": "string"}, "is_error": {"type": "boolean"}, "code": {"type": "string"},
            "pattern": {"type": "string"}, "fields": {"$ref": "#/$defs/fields"}, "arguments": {"$ref": "#/$defs/fields"}
          },
          "additionalProperties": false
        },
        "fields": {
          "type": "object", "propertyNames": {"pattern": "^[A-Za-z0-9_]+$"}, "additionalProperties": {"type": "string"},
          "description": "Slot to JSON pointer."
        },
        "calls": {
          "anyOf": [{"$ref": "#/$defs/call"}, {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/call"}}]
        },
        "call": {
          "type": "object",
          "properties": {"tool": {"type": "string", "minLength": 1}, "arguments": {"type": "object"}},
          "required": ["tool"],
          "additionalProperties": false
        },
        "handoff": {
          "type": "object",
          "properties": {"agent": {"type": "string", "minLength": 1}, "arguments": {"type": "object"}},
          "required": ["agent"],
          "additionalProperties": false
        }
      }
    }
    """
}
