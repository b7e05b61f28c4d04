package import JSONCodec
import JSONSchema
package import ToolContracts

/// The schemas of the functions that the host itself calls; PluginAPI/PROVIDERS.md tells them in words.
package enum ProviderSchemas {
  package static func input(of kind: FunctionKind) -> JSONValue {
    switch kind {
    case .tool: ["type": "object"]
    case .chat: chatRequest
    case .embed: embedRequest
    case .models: ["type": "object"]
    }
  }

  package static func output(of kind: FunctionKind) -> JSONValue? {
    switch kind {
    case .tool: nil
    case .chat: chatAnswer
    case .embed: vectors
    case .models: modelList
    }
  }

  private static let toolCalls: JSONValue = [
    "type": "array",
    "items": [
      "type": "object",
      "required": ["id", "name", "arguments"],
      "properties": [
        // Some servers keep what they want back in it: signed reasoning, of several KiB.
        "id": ["type": "string", "minLength": 1, "maxLength": 65536],
        "name": ["type": "string", "maxLength": 256],
        "arguments": ["type": "string"],
      ],
    ],
  ]

  private static let chatRequest: JSONValue = [
    "type": "object",
    "required": ["model", "messages", "tools", "toolChoice"],
    "properties": [
      "form": ["type": "integer", "minimum": 1],
      "model": ["type": "string"],
      "messages": [
        "type": "array",
        "items": [
          "type": "object",
          "required": ["role", "content"],
          "properties": [
            "role": ["enum": ["system", "user", "assistant", "tool"]],
            "content": ["type": "string"],
            "parts": ["type": "array", "items": ["type": "object", "required": ["type"]]],
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
      "finishReason": ["enum": ["stop", "tool_calls", "length", "content_filter", "refusal"]],
      "usage": usage,
      "model": ["type": "string", "maxLength": 256],
      "id": ["type": "string", "maxLength": 256],
    ],
  ]

  private static let count: JSONValue = ["type": "integer", "minimum": 0]

  private static let usage: JSONValue = [
    "type": "object",
    "required": ["inputTokens", "outputTokens"],
    "properties": [
      "inputTokens": count,
      "outputTokens": count,
      "cachedInputTokens": count,
      "cacheWriteInputTokens": count,
      "reasoningTokens": count,
    ],
  ]

  private static let embedRequest: JSONValue = [
    "type": "object",
    "required": ["model", "texts"],
    "properties": [
      "form": ["type": "integer", "minimum": 1],
      "model": ["type": "string"],
      "texts": ["type": "array", "minItems": 1, "maxItems": 2048, "items": ["type": "string"]],
      "dimensions": ["type": "integer", "minimum": 1],
      "purpose": ["enum": ["query", "document"]],
    ],
  ]

  private static let vectors: JSONValue = [
    "type": "object",
    "required": ["vectors"],
    "properties": [
      "vectors": ["type": "array", "items": ["type": "array", "items": ["type": "number"]]],
      "usage": usage,
    ],
  ]

  private static let modelList: JSONValue = [
    "type": "object",
    "required": ["models"],
    "properties": [
      "models": [
        "type": "array",
        "items": [
          "type": "object",
          "required": ["name"],
          "properties": [
            "name": ["type": "string"],
            "description": ["type": "string"],
            "contextTokens": count,
            "maxOutputTokens": count,
          ],
        ],
      ]
    ],
  ]
}
