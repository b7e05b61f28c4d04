import Glibc
import JSONCodec
import ToolContracts

/// Tools that need nothing and do one thing each.
package enum FixtureTools {
  package static let all = FixturePlugin(
    "fixture",
    [add, echo, fail, printing, lines, counting, repeating, image, waiting, napping, hanging, descriptors])

  /// Those that neither print nor keep anything.
  package static let harmless = FixturePlugin("fixture", [add, echo, fail, lines, counting, image])

  static let add = FixtureTool(
    "add", title: "Add", "Adds two numbers.",
    input: [
      "type": "object", "properties": ["a": ["type": "number"], "b": ["type": "number"]],
      "required": ["a", "b"],
      "additionalProperties": false,
    ],
    output: ["type": "object", "properties": ["sum": ["type": "number"]], "required": ["sum"]],
    annotations: ["readOnlyHint": true]
  ) { call in
    guard let a = call.arguments["a"]?.double, let b = call.arguments["b"]?.double else {
      return call.fail("a and b are numbers", status: .argument)
    }
    call.answer(["sum": .double(a + b)])
  }

  static let echo = FixtureTool("echo", "Answers its arguments.") { call in
    call.answer(text: call.arguments.rawText)
  }

  static let fail = FixtureTool("fail", "Always fails.") { call in call.fail("this always fails") }

  static let printing = FixtureTool("print", "Prints to standard output.") { call in
    print("printed by a tool")
    fflush(nil)
    system("echo printed by a child")
    call.answer(["printed": true])
  }

  static let lines = FixtureTool("lines", "Answers JSON over several lines.") { call in
    call.answer(text: "{\r\n  \"text\": \"a\u{2028}b\u{2029}c\"\n}\n")
  }

  static let counting = FixtureTool("count", "Reports progress.") { call in
    for done in [0, 50, 50, 20, 100] { call.progress(Double(done), of: 100, "at \(done)") }
    call.answer(["done": true])
  }

  static let repeating = FixtureTool("repeat", "Answers a long text.") { call in
    let count = Int(call.arguments["count"]?.int ?? 1)
    call.answer(["text": .string(String(repeating: call.arguments["text"]?.string ?? "x", count: count))])
  }

  static let image = FixtureTool("image", "Answers an image, a link and sound.") { call in
    call.send(["type": "image", "data": "iVBORw0KGgo=", "mimeType": "image/png"])
    call.send(["type": "resource_link", "uri": "test://a", "name": "a"])
    call.send(["type": "audio", "data": "UklGRg==", "mimeType": "audio/wav"])
    call.send(["type": "image"])
    call.answer([:])
  }

  static let waiting = FixtureTool(pending: "wait") { _ in }

  static let napping = FixtureTool("nap", "Answers after a while.") { call in
    usleep(UInt32(clamping: (call.arguments["ms"]?.int ?? 0) * 1000))
    call.answer(["rested": true])
  }

  static let hanging = FixtureTool("hang", "Never gives its thread back.") { _ in
    while true { sleep(60) }
  }

  /// What a child of a tool finds open, as a shell sees it.
  static let descriptors = FixtureTool("descriptors", "Lists the descriptors that a child inherits.") {
    call in
    guard let child = popen("for fd in /proc/self/fd/*; do readlink $fd; done", "r") else {
      return call.fail("no child could be started")
    }
    var targets: [JSONValue] = []
    var line = [CChar](repeating: 0, count: 256)
    while fgets(&line, 256, child) != nil {
      let bytes = line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
      targets.append(.string(String(decoding: bytes, as: UTF8.self)))
    }
    pclose(child)
    call.answer(["descriptors": .array(targets)])
  }
}
