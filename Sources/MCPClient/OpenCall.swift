import ToolContracts

/// A call that a server owes an answer to.
struct OpenCall: Sendable {
  let handle: CallHandle
  let receiver: any CallReceiver
  /// The server's own name of it.
  let tool: String
  let arguments: [UInt8]
  /// Counts the requests of the session.
  var order: Int64 = 0
  /// How often the server has asked about it.
  var questions = 0

  init(
    handle: CallHandle, receiver: any CallReceiver, tool: String, arguments: UnsafeRawBufferPointer
  ) {
    self.handle = handle
    self.receiver = receiver
    self.tool = tool
    self.arguments = [UInt8](arguments)
  }

  func complete(_ answer: CallAnswer) { receiver.complete(handle, answer) }
}
