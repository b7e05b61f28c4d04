import Glibc
import Locking

enum Benchmark {
  static func run(directory: String) -> Int32 {
    let isDone = Condition(false)
    do {
      let benchmarks = try CallBenchmarks(directory: directory)
      Task(executorPreference: benchmarks.lanes) {
        await benchmarks.run()
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
