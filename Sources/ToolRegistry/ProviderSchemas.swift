package import JSONCodec
import JSONSchema
package import ToolContracts

/// The schemas of the functions that the host itself calls; PluginAPI/PROVIDERS.md tells them in words.
package enum ProviderSchemas {
  package static func input(of kind: FunctionKind) -> JSONValue {
    switch kind {
    case .tool: ["type": "object"]
    case .chat: chatRequest
    case .embed: ["type": "object", "required": ["model", "texts"]]
    case .models: ["type": "object"]
    }
  }

  package static func output(of kind: FunctionKind) -> JSONValue? {
    switch kind {
    case .tool: nil
    case .chat: chatAnswer
    case .embed: ["type": "object", "required": ["vectors"]]
    case .models: ["type": "object", "required": ["models"]]
    }
  }

  private static let toolCalls: JSONValue = [
    "type": "array",
    "items": [
      "type": "object",
      "required": ["id", "name", "arguments"],
      "properties": [
        "id": ["type": "string", "minLength": 1, "maxLength": 256],
        "name": ["type": "string", "maxLength": 256],
        "arguments": ["type": "string"],
      ],
    ],
  ]

  private static let chatRequest: JSONValue = [
    "type": "object",
    "required": ["model", "messages", "tools", "toolChoice"],
    "properties": [
      "model": ["type": "string"],
      "messages": [
        "type": "array",
        "items": [
          "type": "object",
          "required": ["role", "content"],
          "properties": [
            "role": ["enum": ["system", "user", "assistant", "tool"]],
            "content": ["type": "string"],
            "toolCalls": toolCalls,
            "toolCallId": ["type": "string"],
            "isError": ["type": "boolean"],
          ],
        ],
      ],
      "tools": ["type": "array", "items": ["type": "object", "required": ["name", "inputSchema"]]],
      "toolChoice": ["enum": ["auto", "none", "required"]],
      "settings": ["type": "object"],
    ],
  ]

  private static let chatAnswer: JSONValue = [
    "type": "object",
    "required": ["text", "toolCalls", "finishReason", "usage"],
    "properties": [
      "text": ["type": "string"],
      "toolCalls": toolCalls,
      "finishReason": ["enum": ["stop", "tool_calls", "length", "content_filter"]],
      "usage": [
        "type": "object",
        "required": ["inputTokens", "outputTokens"],
        "properties": [
          "inputTokens": ["type": "integer", "minimum": 0],
          "outputTokens": ["type": "integer", "minimum": 0],
        ],
      ],
    ],
  ]
}
