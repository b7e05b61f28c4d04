import JSONCodec
import ToolContracts

/// What a client can be asked, as it said: in its handshake, or in the request itself.
struct ClientCapabilities: Sendable, Equatable {
  private(set) var forms = false
  private(set) var urls = false
  private(set) var sampling = false
  private(set) var roots = false
  /// Names of extensions.
  private(set) var extensions: Set<String> = []

  init() {}

  /// - Parameter view: an object.
  init(_ view: JSONView?) {
    guard let view else { return }
    if let elicitation = view["elicitation"], elicitation.kind == .object {
      urls = elicitation["url"] != nil
      // Who names no mode means forms, which are as old as the capability itself.
      forms = elicitation["form"] != nil || !urls
    }
    sampling = view["sampling"]?.kind == .object
    roots = view["roots"]?.kind == .object
    if let extensions = view["extensions"], extensions.kind == .object {
      self.extensions = Set(extensions.members.map(\.key))
    }
  }

  var canBeAsked: Bool { forms || urls || sampling || roots }

  func allows(_ inquiry: Inquiry) -> Bool {
    switch inquiry {
    case .form: forms
    case .url: urls
    case .sampling: sampling
    case .roots: roots
    }
  }
}
