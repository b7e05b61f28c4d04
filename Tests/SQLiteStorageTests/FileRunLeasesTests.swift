import Glibc
import SQLiteStorage
import Storage
import TestSupport
import Testing
import ToolContracts

@Suite(.leavesNothingBehind)
struct FileRunLeasesTests {
  private let run = RunID(milliseconds: 1, randomness: 1)
  private let other = RunID(milliseconds: 1, randomness: 2)

  private func withLeases(_ body: (FileRunLeases, String) throws -> Void) throws {
    let folder = TemporaryFolder()
    // Made by who claims first.
    let directory = "\(folder.path)/leases"
    try body(FileRunLeases(directory: directory), directory)
  }

  @Test func oneRunBelongsToOneHolderAndAnotherRunToAnother() throws {
    try withLeases { leases, _ in
      let lease = try #require(try leases.claim(run))
      #expect(try leases.claim(run) == nil)
      try #require(try leases.claim(other)).release()
      lease.release()
      try #require(try leases.claim(run)).release()
    }
  }

  @Test func whetherSomebodyHasARunIsToldWithoutTakingIt() throws {
    try withLeases { leases, directory in
      #expect(!leases.isHeld(run))
      #expect(access("\(directory)/\(run).lock", F_OK) != 0)
      let lease = try #require(try leases.claim(run))
      #expect(leases.isHeld(run))
      #expect(!leases.isHeld(other))
      lease.release()
      #expect(!leases.isHeld(run))
      try #require(try leases.claim(run)).release()
    }
  }

  @Test func aFileThatItsHolderLeftBehindCanBeClaimed() throws {
    try withLeases { leases, directory in
      mkdir(directory, 0o700)
      let descriptor = open("\(directory)/\(run).lock", O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
      close(descriptor)
      try #require(try leases.claim(run)).release()
    }
  }

  @Test func aRunCanBeTakenFromAHolderThatHangsAndThatOneGivesNothingBack() throws {
    try withLeases { leases, _ in
      let hanging = try #require(try leases.claim(run))
      let taken = try #require(try leases.claim(run, takingOver: true))
      hanging.release()
      #expect(try leases.claim(run) == nil)
      taken.release()
      try #require(try leases.claim(run)).release()
    }
  }

  @Test func aRequestToEndARunStandsUntilItsHolderLetsGo() throws {
    try withLeases { leases, _ in
      #expect(leases.cancellationRequests().isEmpty)
      try leases.requestCancellation(of: run)
      try leases.requestCancellation(of: run)
      let lease = try #require(try leases.claim(run))
      try #require(try leases.claim(other)).release()
      #expect(leases.cancellationRequests() == [run])
      lease.release()
      #expect(leases.cancellationRequests().isEmpty)
    }
  }

  @Test func aFolderThatCannotBeWrittenIsAFailureAndNotAFreeRun() throws {
    #expect(throws: StorageFailure.self) { try FileRunLeases(directory: "/proc/no/such").claim(run) }
    #expect(throws: StorageFailure.self) {
      try FileRunLeases(directory: "/proc/no/such").requestCancellation(of: run)
    }
    #expect(FileRunLeases(directory: "/proc/no/such").cancellationRequests().isEmpty)
  }
}
