import JSONCodec
import JSONRPC
import TestSupport
import Testing

private func parse(_ text: String, maxDepth: Int = 128) -> Result<Message, Rejection> {
  do {
    return .success(try Message(parsing: Array(text.utf8), limits: JSONLimits(maxDepth: maxDepth)))
  } catch {
    return .failure(error)
  }
}

private func rejection(_ text: String) -> Rejection? {
  if case .failure(let rejection) = parse(text) { rejection } else { nil }
}

@Suite(.leavesNothingBehind)
struct MessageTests {
  @Test(arguments: [
    "0", "-1", "7", #""""#, #""7""#, "9007199254740993", "123456789012345678901234567890", #""\u00e9""#,
  ])
  func anIDIsRepeatedExactlyAsItWasWritten(id: String) throws {
    let message = try parse(#"{"jsonrpc":"2.0","id":\#(id),"method":"m"}"#).get()
    guard case .request(let request) = message else { return #expect(Bool(false), "no request") }
    let answer = Outgoing.error(request.id, .internalError, "m")
    #expect(String(decoding: answer, as: UTF8.self).hasPrefix(#"{"jsonrpc":"2.0","id":\#(id),"#))
  }

  @Test func aNumberAndTheSameDigitsAsAStringAreTwoIDs() throws {
    let document = try JSONDocument(parsing: "[5,\"5\",\"\u{e9}\",\"e\u{301}\"]")
    let ids = document.root.elements.compactMap { RequestID($0) }
    #expect(Set(ids).count == 4)
  }

  @Test(arguments: ["null", "1.5", "1e2", "true", "[1]", "{}"])
  func whatIsNoIDIsRefused(id: String) {
    let refused = rejection(#"{"jsonrpc":"2.0","id":\#(id),"method":"m"}"#)
    #expect(refused?.code == .invalidRequest)
    #expect(refused != nil && refused?.id == nil)
  }

  @Test(
    arguments: [
      #"{"jsonrpc":"2.0","id":1,"method":"m""#, "nonsense", "", #"{"id":NaN}"#, "\u{FEFF}{}",
      #"{"jsonrpc":"2.0","id":1,"method":"a"}{"jsonrpc":"2.0","id":2,"method":"b"}"#,
    ])
  func whatIsNotJSONIsAParseErrorWithoutAnID(text: String) {
    #expect(rejection(text)?.code == .parseError)
    #expect(rejection(text)?.id == nil)
  }

  @Test func aTextWithHalfACharacterInItStillShowsItsID() throws {
    let surrogate = rejection(#"{"jsonrpc":"2.0","id":3,"method":"m","params":{"x":"\ud800"}}"#)
    #expect(surrogate?.code == .parseError)
    #expect(surrogate?.id == RequestID(3))
    let deep = String(repeating: "[", count: 200) + String(repeating: "]", count: 200)
    let tooDeep = rejection(#"{"jsonrpc":"2.0","id":4,"method":"m","params":{"x":\#(deep)}}"#)
    #expect(tooDeep?.code == .invalidRequest)
    #expect(tooDeep?.id == RequestID(4))
  }

  @Test(
    arguments: [
      "[]", #"[{"jsonrpc":"2.0","id":1,"method":"m"}]"#, "1", "null", #""x""#,
    ])
  func batchesAndWhatIsNoObjectAreInvalidRequests(text: String) {
    #expect(rejection(text)?.code == .invalidRequest)
  }

  @Test(
    arguments: [
      #"{"id":1,"method":"m"}"#, #"{"jsonrpc":"1.0","id":1,"method":"m"}"#,
      #"{"jsonrpc":2.0,"id":1,"method":"m"}"#,
      #"{"jsonrpc":"2.0","id":1,"method":7}"#, #"{"jsonrpc":"2.0","id":1,"method":"m","params":[1]}"#,
      #"{"jsonrpc":"2.0","id":1,"method":"m","params":null}"#, #"{"jsonrpc":"2.0","id":1}"#,
      #"{"jsonrpc":"2.0","id":1,"result":{},"error":{}}"#,
      #"{"jsonrpc":"2.0","id":1,"method":"m","method":"n"}"#,
    ])
  func aMalformedRequestIsAnsweredUnderItsID(text: String) {
    #expect(rejection(text)?.code == .invalidRequest)
    #expect(rejection(text)?.id == RequestID(1))
  }

  @Test func aMessageWithoutAnIDIsANotificationAndOneWithoutAMethodAResponse() throws {
    guard
      case .notification(let notification) = try parse(#"{"jsonrpc":"2.0","method":"n","params":{"a":1}}"#)
        .get()
    else { return #expect(Bool(false), "no notification") }
    #expect(notification.method == "n")
    #expect(notification.params?["a"]?.int == 1)
    guard case .response(let response) = try parse(#"{"jsonrpc":"2.0","id":"q","result":{"b":2}}"#).get(),
      case .result(let result) = response.outcome
    else { return #expect(Bool(false), "no response") }
    #expect(response.id == RequestID("q"))
    #expect(result["b"]?.int == 2)
    guard case .response(let failed) = try parse(#"{"jsonrpc":"2.0","id":null,"error":{"code":-1}}"#).get(),
      case .error(let error) = failed.outcome
    else { return #expect(Bool(false), "no response") }
    #expect(failed.id == nil)
    #expect(error["code"]?.int == -1)
  }
}
