import JSONCodec
import Locking
import Telemetry
import ToolContracts

/// Hears what one running tool sends before its result: progress and words go on to the client, content waits for the
/// result.
final class CallReporter: CallObserver {
  private static let maxContentBytes = 16 << 20

  private struct Content {
    var blocks: [ContentBlock] = []
    var byteCount = 0
    var lostCount = 0
  }
  private let tool: ToolName
  private let listener: RequestListener?
  private let content = Lock(Content())

  init(tool: ToolName, listener: RequestListener?) {
    self.tool = tool
    self.listener = listener
  }

  func received(_ event: CallEvent, from call: CallID) {
    switch event.kind {
    case .content: keep(event)
    case .text:
      listener?.message(.info, from: tool.description, .string(String(decoding: event.data, as: UTF8.self)))
    case .reasoning, .toolCall, .usage: break
    }
  }

  private func keep(_ event: CallEvent) {
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
    listener?.progress(progress.done, of: progress.total > 0 ? progress.total : nil, progress.note)
  }

  /// What came so far; `lost` blocks were malformed or too many.
  var blocks: (sent: [ContentBlock], lost: Int) { content.withLock { ($0.blocks, $0.lostCount) } }
}
