import FlowEngine
import JSONCodec
import Manifests
import Storage
import ToolContracts

/// Why a command did not do what it was asked: a sentence for stderr, an object for `-o json`, an exit code for scripts.
struct CommandFailure: Error {
  var code: String
  var message: String
  var exit: ExitCode
  var pointer: String?
  var retryAfterMilliseconds: Int64?

  init(_ code: String, _ message: String, _ exit: ExitCode, pointer: String? = nil) {
    self.code = code
    self.message = message
    self.exit = exit
    self.pointer = pointer
  }

  static func usage(_ message: String) -> CommandFailure { CommandFailure("usage", message, .usage) }

  init(_ failure: InvocationFailure) {
    self.init(
      failure.code.rawValue, failure.message, ExitCode(failure.code), pointer: failure.pointer?.description)
    retryAfterMilliseconds = failure.retryAfterMilliseconds
  }

  init(_ failure: RunFailure) {
    self.init(
      failure.code.rawValue, failure.message,
      [.conversationExpired, .conversationIsGoingOn, .conversationIsWaiting].contains(failure.code)
        ? .limited
        : [.flowNotFound, .runNotFound, .stepNotFound, .conversationNotFound].contains(failure.code)
          ? .notFound : failure.code == .replayDiverged ? .findings : .failed)
  }

  init(_ failure: StorageFailure) { self.init(failure.code.rawValue, failure.message, .failed) }

  /// `{"error":{"code":…,"message":…,"pointer"?:…,"retry_after_ms"?:…}}`
  var json: [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("error")
    writer.beginObject()
    writer.field("code", code)
    writer.field("message", message)
    if let pointer { writer.field("pointer", pointer) }
    if let retryAfterMilliseconds { writer.field("retry_after_ms", retryAfterMilliseconds) }
    writer.endObject()
    writer.endObject()
    return writer.bytes
  }
}
