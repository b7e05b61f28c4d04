/// Something that models do, and should not. The name of each is the name of a model.
package enum ChaosCase: String, CaseIterable, Sendable {
  case unknownTool = "unknown_tool"
  case notAdvertised = "not_advertised"
  case badJSON = "bad_json"
  case fencedJSON = "fenced_json"
  case duplicateKeys = "duplicate_keys"
  case wrongTypes = "wrong_types"
  case truncated
  case duplicateIDs = "duplicate_ids"
  case twoHandoffs = "two_handoffs"
  case handoffAndTools = "handoff_and_tools"
  case badHandoff = "bad_handoff"
  case pingPong = "ping_pong"
  case manyCalls = "many_calls"
  case hugeArguments = "huge_arguments"
  case sameMistake = "same_mistake"
  case neverDone = "never_done"
  case empty
  case noise
  case endlessText = "endless_text"
  case stall
  case drip
  case busy
  case failure
  case defect

  package var summary: String {
    switch self {
    case .unknownTool: "calls a tool that nobody has"
    case .notAdvertised: "calls tools that exist elsewhere and were not offered"
    case .badJSON: "arguments that are no JSON, or only the beginning of some"
    case .fencedJSON: "arguments in a fence of Markdown"
    case .duplicateKeys: "arguments with a key twice"
    case .wrongTypes: "arguments of other types than the schema asks for"
    case .truncated: "an answer that was cut off in the middle of its calls"
    case .duplicateIDs: "two calls with one id"
    case .twoHandoffs: "hands over to two agents at once"
    case .handoffAndTools: "hands over and calls tools in one turn"
    case .badHandoff: "hands over to nobody, and with arguments that are none"
    case .pingPong: "hands over whenever it can"
    case .manyCalls: "a thousand calls in one turn"
    case .hugeArguments: "ten megabytes of arguments"
    case .sameMistake: "the same wrong call again and again"
    case .neverDone: "calls tools for ever"
    case .empty: "an answer without anything in it"
    case .noise: "any of the others, turn by turn, as the seed says"
    case .endlessText: "text that does not end"
    case .stall: "no answer at all"
    case .drip: "an answer that comes a letter at a time"
    case .busy: "asks to be asked later"
    case .failure: "fails with a reason"
    case .defect: "breaks"
    }
  }
}
