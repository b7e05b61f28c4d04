import CLineEdit
import Glibc
import JSONRPC
import Locking
import ToolContracts

/// Where the lines of a chat come from: a person at a terminal, with editing and history, or a pipe.
final class ChatLines: Sendable {
  enum Line: Equatable, Sendable {
    case typed(String)
    case interrupted
    case ended
  }

  /// Whether a person reads and types.
  let isTerminal: Bool
  private let interrupts: ChatInterrupts
  /// Cancelled once the program is to end.
  private let over: Cancellation
  private let input = Lock(Input())

  private struct Input: @unchecked Sendable {
    // @unchecked: the editor is used by whoever has the lock, and by nobody else.
    var editor: OpaquePointer?
    var plain = TerminalInput(STDIN_FILENO)
  }

  init(_ interrupts: ChatInterrupts, until over: Cancellation) {
    self.interrupts = interrupts
    self.over = over
    isTerminal = isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1
    guard isTerminal else { return }
    input.withLock { $0.editor = jf_line_editor_open("> ", interrupts.wake.descriptor) }
    // Whoever is asked for a line when the program is to end types no more.
    _ = over.addHandler { [interrupts] in interrupts.wake.wake() }
  }

  deinit { input.withLock { input in input.editor.map { jf_line_editor_close($0) } } }

  /// Waits for a line, on a thread of its own.
  func next() async -> Line {
    await withCheckedContinuation { (continuation: CheckedContinuation<Line, Never>) in
      let started = startThread("jf-chat") { [self] in
        continuation.resume(returning: input.withLock { read(&$0) })
      }
      if !started { continuation.resume(returning: .ended) }
    }
  }

  /// One of these letters, in answer to a question; nil where the person says none of them.
  func choice(_ question: String, of letters: String) async -> Character? {
    guard isTerminal else { return nil }
    say(question)
    guard case .typed(let line) = await next(), let first = line.lowercased().first else { return nil }
    return letters.contains(first) ? first : nil
  }

  /// The line comes back on the arrow keys.
  func remember(_ line: String) {
    input.withLock { input in input.editor.map { jf_line_editor_remember($0, line) } }
  }

  private func say(_ text: String) {
    var text = printable(text + "\n", keepsNewlines: true)
    text.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }

  private func read(_ input: inout Input) -> Line {
    if over.isCancelled { return .ended }
    guard let editor = input.editor else { return readPlain(&input) }
    var line: UnsafePointer<CChar>?
    switch jf_line_editor_read(editor, &line) {
    case JF_LINE_TYPED:
      return line.map { .typed(String(cString: $0).trimmed) } ?? .ended
    case JF_LINE_INTERRUPTED:
      interrupts.wake.clear()
      say("")
      return over.isCancelled ? .ended : .interrupted
    default:
      say("")
      return .ended
    }
  }

  private func readPlain(_ input: inout Input) -> Line {
    if case .typed(let line) = input.plain.readLine(until: over) { return .typed(line.trimmed) }
    return .ended
  }
}
