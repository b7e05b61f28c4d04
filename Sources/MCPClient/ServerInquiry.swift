import JSONRPC
import ToolContracts

/// What a server of the older revisions has asked of a person by a request of its own, and waits for.
struct ServerInquiry: Sendable {
  let inquiry: Inquiry
  /// What it can be about: calls that were open when it came, and still are. It is put to the person of the first one.
  var calls: [OpenCall]
  /// The calls' time stands still until then.
  let over = Cancellation()
  /// Takes it back from the person who has it; nil where nobody has.
  var put: Cancellation?
}
