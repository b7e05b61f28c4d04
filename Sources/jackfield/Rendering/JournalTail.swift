import FlowEngine
import JSONCodec
import Locking
import Storage
import ToolContracts

/// Prints a run's events as the journal has them, in its order and with its numbers, while the run goes on.
final class JournalTail: FlowObserver {
  private let run: RunID
  private let host: Host
  private let console: Console
  private let printed = Lock<Int64>(0)

  init(of run: RunID, _ host: Host, _ console: Console) {
    self.run = run
    self.host = host
    self.console = console
  }

  /// Whatever happened, there is something new in the journal, or soon will be.
  func observed(_ event: FlowEvent) {
    if case .text = event { return }
    Task(executorPreference: host.lanes) { await self.printNew() }
  }

  /// Prints what is left.
  func finish() async { await self.printNew() }

  private func printNew() async {
    guard let events = try? await host.journal.events(of: run, tenant: host.principal.tenant) else { return }
    printed.withLock { printed in
      for event in events where event.sequence > printed {
        var writer = JSONWriter(reserving: 256 + event.data.count)
        event.write(to: &writer)
        console.result(writer.bytes)
        printed = event.sequence
      }
    }
  }
}
