import ToolContracts

/// Why a request is not made, or not gone on with; the message is for the plugin's author and names nothing of the host.
struct ServiceRefusal: Error {
  let status: CallStatus
  let message: String

  init(_ status: CallStatus, _ message: String) {
    self.status = status
    self.message = message
  }
  var answer: ServiceAnswer { ServiceAnswer(status, Array(message.utf8)) }
}
