import Glibc
import Locking
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
    try withLeases { others, directory in
      let leases = FileRunLeases(directory: directory)
      let hanging = try #require(try others.claim(run))
      let taken = try #require(try leases.claim(run, takingOver: true))
      hanging.release()
      #expect(try leases.claim(run) == nil)
      taken.release()
      try #require(try leases.claim(run)).release()
    }
  }

  @Test func theRunsOfAProcessThatDiedAreFreeEachByItself() throws {
    try withLeases { leases, directory in
      do {
        let dying = FileRunLeases(directory: directory)
        for run in [run, other] { _ = try #require(try dying.claim(run)) }
        link("\(directory)/host-0.lock", "\(directory)/kept")
      }
      // Nobody removes the file of a process that was killed.
      rename("\(directory)/kept", "\(directory)/host-0.lock")
      #expect(!leases.isHeld(run))
      let lease = try #require(try leases.claim(run))
      #expect(leases.isHeld(run))
      #expect(!leases.isHeld(other))
      let third = FileRunLeases(directory: directory)
      let taken = try #require(try third.claim(other))
      lease.release()
      #expect(third.isHeld(other))
      taken.release()
    }
  }

  @Test func whatADeadProcessLeftIsTakenByOneOfThoseWhoAskAtOnce() throws {
    try withLeases { _, directory in
      let runs = (0..<200).map { RunID(milliseconds: 1, randomness: $0) }
      do {
        let dying = FileRunLeases(directory: directory)
        for run in runs { _ = try #require(try dying.claim(run)) }
      }
      let claimers = (0..<4).map { _ in FileRunLeases(directory: directory) }
      let taken = Lock<[RunID]>([])
      let left = Condition(claimers.count)
      let kept = Lock<[any RunLease]>([])
      for claimer in claimers {
        onNewThread {
          for run in runs {
            guard let lease = try? claimer.claim(run) else { continue }
            taken.withLock { $0.append(run) }
            kept.withLock { $0.append(lease) }
          }
          left.withLock { $0 -= 1 }
          left.broadcast()
        }
      }
      left.wait { $0 == 0 ? () : nil }
      #expect(taken.withLock { $0.sorted { $0.value < $1.value } } == runs)
      kept.withLock { $0 }.forEach { $0.release() }
    }
  }

  @Test func anyNumberOfRunsTakesOneDescriptor() throws {
    try withLeases { leases, directory in
      let held = try (0..<100).map {
        try #require(try leases.claim(RunID(milliseconds: 1, randomness: $0)))
      }
      #expect(openFiles(in: directory) == ["host-0.lock"])
      held.forEach { $0.release() }
    }
  }

  @Test func whereAFileHasAllTheNamesThatItMayAnotherOneBegins() throws {
    try withLeases { _, directory in
      let leases = FileRunLeases(directory: directory, mostNames: 3)
      let runs = (0..<5).map { RunID(milliseconds: 1, randomness: $0) }
      let held = try runs.map { try #require(try leases.claim($0)) }
      #expect(openFiles(in: directory) == ["host-0.lock", "host-1.lock", "host-2.lock"])
      held.prefix(2).forEach { $0.release() }
      #expect(runs.map { leases.isHeld($0) } == [false, false, true, true, true])
      held.dropFirst(2).forEach { $0.release() }
      #expect(!runs.contains { leases.isHeld($0) })
    }
  }

  @Test func aProcessWhoseFileWasRemovedMakesAnother() throws {
    try withLeases { leases, directory in
      let lease = try #require(try leases.claim(run))
      unlink("\(directory)/host-0.lock")
      try #require(try leases.claim(other)).release()
      #expect(leases.isHeld(run))
      lease.release()
      #expect(!leases.isHeld(run))
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

  /// The names of this process's open files below the folder.
  private func openFiles(in directory: String) -> [String] {
    (0..<1024).compactMap { descriptor in
      guard let resolved = realpath("/proc/self/fd/\(descriptor)", nil) else { return nil }
      defer { free(resolved) }
      let path = String(cString: resolved)
      return path.hasPrefix("\(directory)/") ? String(path.dropFirst(directory.utf8.count + 1)) : nil
    }
  }
}
