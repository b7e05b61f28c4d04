import JSONCodec
package import MCPServer
package import ToolContracts

/// What the public conformance scenarios expect a server to offer, as far as a plugin can offer it.
package enum ConformanceTools {
  /// - Parameter changes: told by the tools that trigger changes.
  package static func plugin(_ changes: ChangeAnnouncer) -> FixturePlugin {
    FixturePlugin(
      "test",
      [
        simpleText, imageContent, audioContent, embeddedResource, mixedContent, errorHandling, progress,
        logging,
        jsonSchema, asking, askingChoices, askingTwice, askingMuch, askingModel, askingFolders, askingAddress,
        FixtureTool("trigger_tool_change", "Announces that tools changed.") { call in
          changes.announce(.tools)
          call.answer("announced")
        },
        FixtureTool("trigger_prompt_change", "Announces that prompts changed.") { call in
          changes.announce(.prompts)
          call.answer("announced")
        },
        FixtureTool("trigger_resource_change", "Announces that the watched resource changed.") { call in
          changes.announce(.resource("test://watched-resource"))
          call.answer("announced")
        },
      ])
  }

  private static let simpleText = FixtureTool("simple_text", "Answers a text.") { call in
    call.answer("This is a simple text response for testing.")
  }

  private static let imageContent = FixtureTool("image_content", "Answers an image.") { call in
    call.send(["type": "image", "data": "iVBORw0KGgo=", "mimeType": "image/png"])
    call.answer([:])
  }

  private static let audioContent = FixtureTool("audio_content", "Answers sound.") { call in
    call.send(["type": "audio", "data": "UklGRg==", "mimeType": "audio/wav"])
    call.answer([:])
  }

  private static let embeddedResource = FixtureTool("embedded_resource", "Answers a resource.") { call in
    call.send([
      "type": "resource",
      "resource": [
        "uri": "test://embedded-resource", "mimeType": "text/plain",
        "text": "This is an embedded resource content.",
      ],
    ])
    call.answer([:])
  }

  private static let mixedContent = FixtureTool("multiple_content_types", "Answers several things.") { call in
    call.send(["type": "text", "text": "Multiple content types test:"])
    call.send(["type": "image", "data": "iVBORw0KGgo=", "mimeType": "image/png"])
    call.send([
      "type": "resource",
      "resource": [
        "uri": "test://mixed-content-resource", "mimeType": "application/json", "text": #"{"test":"data"}"#,
      ],
    ])
    call.answer([:])
  }

  private static let errorHandling = FixtureTool("error_handling", "Always fails.") { call in
    call.fail("This tool intentionally returns an error for testing")
  }

  private static let progress = FixtureTool("tool_with_progress", "Reports progress.") { call in
    for done in [0, 50, 100] { call.progress(Double(done), of: 100, "Completed step \(done) of 100") }
    call.answer("done")
  }

  private static let logging = FixtureTool("tool_with_logging", "Says what it does.") { call in
    for text in ["Tool execution started", "Tool processing data", "Tool execution completed"] {
      call.say(text)
    }
    call.answer("done")
  }

  package static let nameForm = Inquiry.form(
    message: "What is your name?",
    schema: [
      "type": "object", "properties": ["name": ["type": "string", "minLength": 1]], "required": ["name"],
    ])

  private static let asking = FixtureTool(pending: "asking") { call in
    call.ask([nameForm]) { answers in call.answer(["answer": json(answers[0])]) }
  }

  /// Defaults of every kind, and choices in every form that a client may show.
  private static let askingChoices = FixtureTool(pending: "asking_choices") { call in
    let titled: JSONValue = [["const": "a", "title": "First"], ["const": "b", "title": "Second"]]
    let form = Inquiry.form(
      message: "Please choose.",
      schema: [
        "type": "object",
        "properties": [
          "name": ["type": "string", "default": "John Doe"], "age": ["type": "integer", "default": 30],
          "score": ["type": "number", "default": 95.5], "verified": ["type": "boolean", "default": true],
          "plain": ["type": "string", "enum": ["a", "b"], "default": "a"],
          "titled": ["type": "string", "oneOf": titled],
          "named": ["type": "string", "enum": ["a", "b"], "enumNames": ["First", "Second"]],
          "several": ["type": "array", "items": ["type": "string", "enum": ["a", "b"]], "minItems": 1],
          "severalTitled": ["type": "array", "items": ["anyOf": titled]],
        ],
        "required": ["plain"],
      ])
    call.ask([form]) { answers in call.answer(["answer": json(answers[0])]) }
  }

  private static let askingTwice = FixtureTool(pending: "asking_twice") { call in
    call.ask([nameForm]) { first in
      call.progress(1, of: 2, "half")
      call.ask([nameForm]) { second in
        call.answer(["first": json(first[0]), "second": json(second[0])])
      }
    }
  }

  private static let askingMuch = FixtureTool(pending: "asking_much") { call in
    call.ask([nameForm, sample, .roots]) { answers in call.answer(.array(answers.map(json))) }
  }

  private static let sample = Inquiry.sampling(
    parameters: [
      "messages": [["role": "user", "content": ["type": "text", "text": "What is 2 + 2?"]]],
      "maxTokens": 100,
    ])

  private static let askingModel = FixtureTool(pending: "asking_model") { call in
    call.ask([sample]) { call.answer(["answer": json($0[0])]) }
  }

  private static let askingFolders = FixtureTool(pending: "asking_folders") { call in
    call.ask([.roots]) { call.answer(["answer": json($0[0])]) }
  }

  private static let askingAddress = FixtureTool(pending: "asking_address") { call in
    call.ask([.url(message: "Sign in.", url: "https://example.com/sign-in")]) {
      call.answer(["answer": json($0[0])])
    }
  }

  private static func json(_ answer: InquiryAnswer) -> JSONValue {
    switch answer {
    case .accepted(let content): ["accepted": content]
    case .declined: "declined"
    case .dismissed: "dismissed"
    }
  }

  private static let jsonSchema = FixtureTool(
    "json_schema_2020_12_tool", "Has a schema with much in it.",
    input: [
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "type": "object",
      "$defs": [
        "address": [
          "$anchor": "addressDef", "type": "object",
          "properties": ["street": ["type": "string"], "city": ["type": "string"]],
        ]
      ],
      "properties": ["name": ["type": "string"], "address": ["$ref": "#/$defs/address"]],
      "allOf": [["anyOf": [["required": ["name"]], ["required": ["address"]]]]],
      "if": ["properties": ["name": ["const": "x"]], "required": ["name"]],
      "then": ["required": ["address"]],
      "else": [:],
      "additionalProperties": false,
    ]
  ) { call in call.answer([:]) }
}
