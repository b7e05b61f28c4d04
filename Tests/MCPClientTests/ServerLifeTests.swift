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
}
