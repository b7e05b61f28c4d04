package import JSONCodec
package import ToolContracts

extension FunctionDescriptor {
  /// Arguments that its schema gives as examples.
  var examples: [JSONValue] { inputSchema.object?["examples"]?.array ?? [] }

  /// Something to call it with; nil where nothing is known.
  package var firstExample: JSONValue? {
    switch kind {
    case .tool: examples.first
    case .chat:
      [
        "model": "check", "messages": [["role": "user", "content": "Hello"]], "tools": [],
        "toolChoice": "auto", "settings": [:],
      ]
    case .embed: ["model": "check", "texts": ["Hello"]]
    case .models: [:]
    }
  }
}
