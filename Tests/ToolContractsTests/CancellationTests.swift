import Locking
import Testing
import ToolContracts

@Suite struct CancellationTests {
  @Test func everyHandlerRunsOnceHoweverOftenItIsCancelled() {
    let cancellation = Cancellation()
    let runs = Lock<[String]>([])
    _ = cancellation.addHandler { runs.withLock { $0.append("first") } }
    _ = cancellation.addHandler { runs.withLock { $0.append("second") } }
    cancellation.cancel()
    cancellation.cancel()
    #expect(runs.withLock { $0 } == ["first", "second"])
  }

  @Test func aHandlerThatComesTooLateRunsAtOnce() {
    let cancellation = Cancellation()
    cancellation.cancel()
    let runs = Lock(0)
    #expect(cancellation.addHandler { runs.withLock { $0 += 1 } } == nil)
    #expect(runs.withLock { $0 } == 1)
  }

  @Test func aRemovedHandlerDoesNotRun() {
    let cancellation = Cancellation()
    let runs = Lock(0)
    let key = cancellation.addHandler { runs.withLock { $0 += 1 } }
    cancellation.removeHandler(key!)
    cancellation.cancel()
    #expect(runs.withLock { $0 } == 0)
  }
}
