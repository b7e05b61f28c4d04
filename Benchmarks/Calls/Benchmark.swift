import Glibc
import Invocation
import Locking
import SQLiteStorage
import Storage
import Telemetry

enum Benchmark {
  static func run(directory: String, only filter: String) -> Int32 {
    var template = Array("/tmp/jackfield-benchmark-XXXXXX".utf8CString)
    guard let folder = mkdtemp(&template).map({ String(cString: $0) }) else { return 1 }
    do {
      // As many events as a host keeps that has been up for a while.
      let fast = try CallBenchmarks(
        directory: directory, journal: MemoryJournal(maxEvents: 20_000), leases: MemoryRunLeases())
      wait(on: fast.lanes) { await fast.run(only: filter) }
      let answers = try AnswerBenchmarks(answers: "\(folder)/answers.sqlite")
      wait(on: answers.lanes) {
        await answers.hit(20_000, only: filter)
        await answers.end()
      }
      if let sandboxed = SandboxBenchmarks(directory: directory) {
        wait(on: sandboxed.lanes) { await sandboxed.run(only: filter) }
      }
      if let streams = StreamBenchmarks(directory: directory) {
        wait(on: streams.lanes) { await streams.run(only: filter) }
      }
      let durable = try CallBenchmarks(
        directory: directory, journal: try SQLiteJournal(path: "\(folder)/journal.sqlite", log: .none),
        leases: FileRunLeases(directory: "\(folder)/leases"))
      wait(on: durable.lanes) { await durable.runDurably(only: filter) }
      let held = try RunBenchmarks(journal: "\(folder)/held.sqlite")
      wait(on: held.lanes) { await held.hold(10_000, only: filter) }
      let left = try RunBenchmarks(journal: "\(folder)/left.sqlite")
      wait(on: left.lanes) { await left.leave(events: 100_000, only: filter) }
      let start = nanoseconds()
      let next = try RunBenchmarks(journal: "\(folder)/left.sqlite")
      wait(on: next.lanes) { await next.takeUp(since: start, only: filter) }
    } catch {
      note("\(error)")
      return 1
    }
    remove(folder)
    return 0
  }

  /// The measured tasks run on the lanes, as those of a host do.
  private static func wait(on lanes: LanePool, _ body: @escaping @Sendable () async -> Void) {
    let isDone = Condition(false)
    Task(executorPreference: lanes) {
      await body()
      isDone.withLock { $0 = true }
      isDone.broadcast()
    }
    isDone.wait { $0 ? () : nil }
  }

  private static func remove(_ folder: String) {
    for name in ["journal", "held", "left", "answers"] {
      for suffix in ["", "-wal", "-shm"] { unlink("\(folder)/\(name).sqlite\(suffix)") }
    }
    rmdir("\(folder)/leases/cancel")
    rmdir("\(folder)/leases")
    rmdir(folder)
  }
}
