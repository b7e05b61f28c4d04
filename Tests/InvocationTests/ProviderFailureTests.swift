import Invocation
import JSONCodec
import TestSupport
import Testing
import ToolContracts

@Suite struct ProviderFailureTests {
  private static let request = #"{"model":"m","messages":[],"tools":[],"toolChoice":"auto"}"#

  private func failure(
    _ status: CallStatus, _ payload: String, of tool: String = "math.chat"
  ) async -> InvocationFailure? {
    let fixture = PipelineFixture { lanes, call, _ in
      Array(payload.utf8).withUnsafeBytes { lanes.complete(call, status: status, payload: $0) }
    }
    defer { fixture.lanes.shutDown() }
    let arguments = tool == "math.chat" ? Self.request : #"{"a":1,"b":2}"#
    if case .failure(let failure) = await fixture.call(tool, arguments) { return failure }
    return nil
  }

  @Test func whatAProviderSaysOfItsFailureIsKeptApartForAskerAndOperator() async throws {
    let failure = try #require(
      await failure(
        .busy,
        #"{"kind":"overloaded","message":"later","detail":"node 7 is full","retryAfterMs":20500,"#
          + #""httpStatus":529,"requestId":"r1"}"#))
    #expect(failure.code == .rateLimited)
    #expect(failure.message == "later")
    #expect(failure.detail == "overloaded, HTTP 529, request r1: node 7 is full")
    #expect(failure.retryAfterMilliseconds == 20_500)
    #expect(failure.provider?.kind == .overloaded)
    #expect(failure.provider?.httpStatus == 529)
    #expect(failure.provider?.requestID == "r1")
  }

  @Test func theStatusDecidesAndNotTheKind() async throws {
    let failure = try #require(
      await failure(.denied, #"{"kind":"rate_limited","message":"no","retryAfterMs":-5}"#))
    #expect(failure.code == .denied)
    #expect(failure.retryAfterMilliseconds == nil)
  }

  @Test(arguments: [
    "plain words", #"{"message":"no kind"}"#, #"{"kind":"overloaded"}"#, #"{"kind":"overloaded","message":"#,
    "",
  ])
  func aProviderOfTheFirstFormSaysWords(payload: String) async throws {
    let failure = try #require(await failure(.busy, payload))
    #expect(failure.provider == nil)
    #expect(failure.message == (payload.isEmpty ? "math.chat is busy; try again later" : payload))
    #expect(failure.retryAfterMilliseconds == 1000)
  }

  @Test func aKindThatIsNotKnownIsNone() async throws {
    let failure = try #require(await failure(.io, #"{"kind":"eclipse","message":"dark"}"#))
    #expect(failure.provider != nil)
    #expect(failure.provider?.kind == nil)
  }

  @Test func aToolsMessageIsAMessageWhateverItLooksLike() async throws {
    let failure = try #require(await failure(.tool, #"{"kind":"overloaded","message":"m"}"#, of: "math.add"))
    #expect(failure.provider == nil)
    #expect(failure.message == #"{"kind":"overloaded","message":"m"}"#)
  }
}
