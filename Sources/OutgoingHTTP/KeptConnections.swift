import CCurl
import ToolContracts

/// Connections that one plugin's requests for one tenant leave open for those that follow: a new one costs two or three round
/// trips, which is much of the time to a model's first word. Nobody else's requests go over them: an address was checked by
/// the rules of whoever connected to it.
final class KeptConnections: @unchecked Sendable {
  // @unchecked: the transfer thread's, and in the end that of whoever lets go last.
  private var share: UnsafeMutableRawPointer?

  deinit { _ = close() }

  /// Has a request use them, and leave its own.
  ///
  /// libcurl sends a request again where a kept connection turns out to be gone and nothing was answered; the server may have
  /// read it all the same. So a call that must not have its effect twice gets a new one.
  ///
  /// - Returns: false where there is no memory for it.
  func serve(_ easy: UnsafeMutableRawPointer, _ effect: Effect) -> Bool {
    if effect == .nonIdempotent { jf_curl_set_number(easy, CURLOPT_FRESH_CONNECT, 1) }
    if share == nil { share = jf_curl_share_connections() }
    return share != nil && jf_curl_set_pointer(easy, CURLOPT_SHARE, share) == CURLE_OK
  }

  /// - Returns: false while a request uses them; nothing is closed then.
  func close() -> Bool {
    guard let share else { return true }
    guard jf_curl_share_cleanup(share) else { return false }
    self.share = nil
    return true
  }
}
