import Locking
import Telemetry
import ToolContracts

/// Hears what one running tool sends before its result: progress goes on to the client, content waits for the result.
final class CallReporter: CallObserver {
  private static let maxContentBytes = 16 << 20

  private struct Content {
    var blocks: [ContentBlock] = []
    var byteCount = 0
    var lostCount = 0
  }
  private let progress: ProgressReporter?
  private let content = Lock(Content())

  init(progress: ProgressReporter?) { self.progress = progress }

  func received(_ event: CallEvent, from call: CallID) {
    guard event.kind == .content else { return }
    let block = ContentBlock(event.data)
    content.withLock { content in
      guard let block, content.byteCount + block.json.count <= Self.maxContentBytes else {
        content.lostCount += 1
        return
      }
      content.byteCount += block.json.count
      content.blocks.append(block)
    }
  }

  func progressed(_ progress: CallProgress, of call: CallID) {
    self.progress?.report(progress.done, of: progress.total > 0 ? progress.total : nil, progress.note)
  }

  /// What came so far; `lost` blocks were malformed or too many.
  var blocks: (sent: [ContentBlock], lost: Int) { content.withLock { ($0.blocks, $0.lostCount) } }
}
