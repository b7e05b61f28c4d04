import CCurl
import ToolContracts

/// Why a request is not made, or not gone on with; the message is for the plugin's author and names nothing of the host.
struct ServiceRefusal: Error {
  let status: CallStatus
  let message: String
  /// Stable across releases: which of the many things it was that `status` stands for.
  let reason: String?

  init(_ status: CallStatus, _ message: String, reason: String? = nil) {
    self.status = status
    self.message = message
    self.reason = reason
  }

  /// - Parameter code: how libcurl says that a transfer ended which nobody here has ended.
  init(ended code: CURLcode) {
    let (reason, message) =
      switch code {
      case CURLE_COULDNT_RESOLVE_HOST: ("name_unknown", "the server's name stands for no address")
      case CURLE_COULDNT_CONNECT: ("unreachable", "the server takes no connection")
      case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR:
        ("certificate_untrusted", "the server's certificate is not one that is trusted here")
      case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CIPHER, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CACERT_BADFILE,
        CURLE_USE_SSL_FAILED:
        ("tls_failed", "there is no secure connection to the server")
      case CURLE_OPERATION_TIMEDOUT: ("timed_out", "the server did not answer in time")
      default: ("broken_off", "the server did not answer as it should")
      }
    self.init(.io, message, reason: reason)
  }

  var answer: ServiceAnswer { ServiceAnswer(status, Array(message.utf8)) }
}
