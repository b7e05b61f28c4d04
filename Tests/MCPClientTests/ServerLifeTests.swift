import Glibc
import TestSupport
import Telemetry
import Testing
import ToolContracts

@testable import MCPClient

/// Real processes: `cat`, which says back what it is told, is server enough to start and end.
@Suite(.timeLimit(.minutes(2)), .leavesNothingBehind)
struct ServerLifeTests {
  private var settings: ServerSettings {
    ServerSettings(
      name: "cat", program: "/bin/cat", folder: "/", guardProgram: Self.buildFolder + "/jackfield-guard",
      client: ClientIdentity(version: "1"))
  }

  private static let buildFolder: String = {
    var path = [CChar](repeating: 0, count: Int(PATH_MAX))
    let length = max(0, readlink("/proc/self/exe", &path, path.count - 1))
    let executable = String(decoding: path[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self)
    return executable.split(separator: "/").dropLast().map { "/" + $0 }.joined()
  }()

  @Test func aThousandServersComeAndGoAndLeaveNothing() throws {
    let counts = ClientCounts(Metrics(), server: "cat")
    // The suite compares descriptors, threads and children before and after.
    for _ in 0..<1000 {
      let life = try ServerLife(
        settings, time: SystemTime(), counts: counts, log: .none, listChanged: {}, lost: {})
      #expect(life.end() == 0)
    }
  }

  @Test func aCallOfAServerThatStillStartsIsPendingUntilItIsGivenUpOrTheServerIs() {
    // It says nothing and reads nothing, so its start is never over.
    let server = ExternalServer(
      ServerSettings(
        name: "mute", program: "/bin/sleep", arguments: ["600"], folder: "/",
        guardProgram: Self.buildFolder + "/jackfield-guard", client: ClientIdentity(version: "1"),
        probeNanoseconds: 600_000_000_000, graceMilliseconds: 10),
      time: SystemTime(), log: .none, metrics: Metrics())
    let calls = RecordedCalls()
    let (givenUp, left, late) = (calls.begin(1), calls.begin(2), calls.begin(3))
    calls.giveUp(late)
    server.start()
    func call(_ handle: CallHandle) -> CallStatus {
      server.call(
        handle, tool: "echo", digest: "", arguments: UnsafeRawBufferPointer(start: nil, count: 0),
        receiver: calls)
    }
    #expect(call(givenUp) == .pending)
    #expect(call(left) == .pending)
    #expect(calls.outcomes(of: givenUp).isEmpty)
    server.cancel(givenUp)
    #expect(calls.outcomes(of: givenUp).map(\.status) == [.cancelled])
    #expect(call(late) == .pending)
    #expect(calls.outcomes(of: late).map(\.status) == [.cancelled])
    server.stop()
    #expect(server.waitForEnd(withinNanoseconds: 20_000_000_000))
    waitUntil { !calls.outcomes(of: left).isEmpty }
    #expect(calls.outcomes(of: left).map(\.status) == [.unavailable])
    #expect(calls.outcomes(of: givenUp).count == 1)
  }

  @Test func whatWaitsForAServerToStartIsBounded() {
    let server = ExternalServer(settings, time: SystemTime(), log: .none, metrics: Metrics())
    let calls = RecordedCalls()
    func call(_ number: UInt64) -> CallStatus {
      server.call(
        calls.begin(number), tool: "echo", digest: "",
        arguments: UnsafeRawBufferPointer(start: nil, count: 0),
        receiver: calls)
    }
    for number in 1...UInt64(ServerSession.maxCalls) { #expect(call(number) == .pending) }
    #expect(call(UInt64(ServerSession.maxCalls + 1)) == .busy)
  }
}
