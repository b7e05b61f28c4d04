import Glibc
import Locking

enum Benchmark {
  static func run(directory: String, only filter: String) -> Int32 {
    let isDone = Condition(false)
    do {
      let benchmarks = try CallBenchmarks(directory: directory)
      Task(executorPreference: benchmarks.lanes) {
        await benchmarks.run(only: filter)
        isDone.withLock { $0 = true }
        isDone.broadcast()
      }
    } catch {
      note("\(error)")
      return 1
    }
    isDone.wait { $0 ? () : nil }
    return 0
  }
}
