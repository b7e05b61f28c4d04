/// Makes streams of nearly right lines out of right ones.
struct Mutator {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

  /// xorshift: fast, and the same everywhere.
  private mutating func next(below bound: Int) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int(truncatingIfNeeded: (state >> 11) % UInt64(max(1, bound)))
  }

  mutating func stream() -> [UInt8] {
    var bytes = Self.seeds[next(below: Self.seeds.count)]
    for _ in 0..<next(below: 4) { mutate(&bytes) }
    return bytes
  }

  private mutating func mutate(_ bytes: inout [UInt8]) {
    guard !bytes.isEmpty else { return }
    let position = next(below: bytes.count)
    switch next(below: 7) {
    case 0: bytes[position] = UInt8(truncatingIfNeeded: next(below: 256))
    case 1: bytes.remove(at: position)
    case 2: bytes.insert(contentsOf: Self.tokens[next(below: Self.tokens.count)], at: position)
    case 3: bytes.removeSubrange(position..<min(bytes.count, position + 1 + next(below: 12)))
    case 4: bytes.append(contentsOf: Self.seeds[next(below: Self.seeds.count)].prefix(next(below: 60)))
    case 5:
      bytes.insert(contentsOf: bytes[position..<min(bytes.count, position + next(below: 16))], at: position)
    default: bytes.replaceSubrange(position..<position + 1, with: Self.tokens[next(below: Self.tokens.count)])
    }
  }

  private static let tokens: [[UInt8]] = [
    "\n", "\r\n", "\"", "\\", "\\u0000", "\\ud800", "null", "1.5", "-0", "1e400", "true", "[", "]", "{", "}",
    ",", ":",
    "\u{FEFF}", "\u{2028}", "\"id\":7,", "\"_meta\":{},", "\"jsonrpc\":\"2.0\"", "\"params\":",
    "99999999999999999999",
  ].map { Array($0.utf8) }

  private static let meta =
    #""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},"progressToken":3}"#

  private static let asking =
    #""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"elicitation":{},"extensions":{"io.modelcontextprotocol/tasks":{}}}}"#

  private static let seeds: [[UInt8]] = [
    #"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"f","version":"1"}}}"#,
    #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
    #"{"jsonrpc":"2.0","id":2,"method":"tools/list","params":{"cursor":"after:fixture.add"}}"#,
    #"{"jsonrpc":"2.0","id":"c","method":"tools/call","params":{"name":"fixture.add","arguments":{"a":1,"b":2}}}"#,
    #"{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"fixture.count","arguments":{},\#(meta)}}"#,
    #"{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"fixture.echo","arguments":{"x":["\u00e9",1.0,null]}}}"#,
    #"{"jsonrpc":"2.0","id":5,"method":"server/discover","params":{\#(meta)}}"#,
    #"{"jsonrpc":"2.0","id":6,"method":"ping"}"#,
    #"{"jsonrpc":"2.0","id":7,"method":"resources/read","params":{"uri":"test://static-text"}}"#,
    #"{"jsonrpc":"2.0","id":8,"method":"prompts/get","params":{"name":"test_prompt_with_arguments","arguments":{"arg1":"a","arg2":"b"}}}"#,
    #"{"jsonrpc":"2.0","id":9,"method":"completion/complete","params":{"ref":{"type":"ref/resource","uri":"test://template/{id}/data"},"argument":{"name":"id","value":"id"}}}"#,
    #"{"jsonrpc":"2.0","id":10,"method":"subscriptions/listen","params":{"notifications":{"toolsListChanged":true},\#(meta)}}"#,
    #"{"jsonrpc":"2.0","id":11,"method":"logging/setLevel","params":{"level":"debug"}}"#,
    #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":10}}"#,
    #"{"jsonrpc":"2.0","id":12,"method":"resources/subscribe","params":{"uri":"test://watched-resource"}}"#,
    #"{"jsonrpc":"2.0","id":13,"method":"tools/call","params":{"name":"test.trigger_tool_change"}}"#,
    #"{"jsonrpc":"2.0","id":14,"result":{}}"#, "[]",
    // Questions and tasks. A call that asks by answering would wait for its person, so only its retry is thrown.
    #"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{"elicitation":{"form":{},"url":{}},"sampling":{},"roots":{}},"clientInfo":{"name":"f","version":"1"}}}"#,
    #"{"jsonrpc":"2.0","id":15,"method":"tools/call","params":{"name":"test.asking_much","arguments":{}}}"#,
    #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":15}}"#,
    #"{"jsonrpc":"2.0","id":"jackfield-1","result":{"action":"accept","content":{"name":"a"}}}"#,
    #"{"jsonrpc":"2.0","id":"jackfield-2","error":{"code":-1,"message":"no"}}"#,
    #"{"jsonrpc":"2.0","id":16,"method":"tools/call","params":{"name":"test.asking","arguments":{},"requestState":"00","inputResponses":{"q1-1":{"action":"decline"}},\#(asking)}}"#,
    #"{"jsonrpc":"2.0","id":17,"method":"prompts/get","params":{"name":"test_prompt_with_arguments","arguments":{"arg1":"a"},\#(asking)}}"#,
    #"{"jsonrpc":"2.0","id":18,"method":"tasks/get","params":{"taskId":"01jz0000000000000000000000",\#(asking)}}"#,
    #"{"jsonrpc":"2.0","id":19,"method":"subscriptions/listen","params":{"notifications":{"taskIds":["01jz0000000000000000000000"]},\#(asking)}}"#,
  ].map { Array($0.utf8) }
}
