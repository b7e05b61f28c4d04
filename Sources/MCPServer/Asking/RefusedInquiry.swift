import JSONCodec
import JSONRPC
import Locking
import ToolContracts

/// Remembers what a call wanted to ask and its client cannot be asked: a call that fails for want of it tells so.
final class RefusedInquiry: Sendable {
  private let first = Lock<Inquiry?>(nil)

  func note(_ inquiry: Inquiry) { first.withLock { if $0 == nil { $0 = inquiry } } }

  var error: ProtocolError? {
    first.withLock { $0 }.map { inquiry in
      ProtocolError(
        .missingClientCapability, "this tool has to ask what this client does not offer to be asked",
        data: ["requiredCapabilities": inquiry.requiredCapabilities])
    }
  }
}

/// Of a client that offers nothing.
final class UnaskableClient: InquiryPort {
  let refused = RefusedInquiry()

  func ask(
    _ inquiries: [Inquiry], until over: Cancellation, reply: @escaping @Sendable ([InquiryAnswer]) -> Void
  ) -> CallStatus {
    if let inquiry = inquiries.first { refused.note(inquiry) }
    return .unsupported
  }
}

extension Inquiry {
  fileprivate var requiredCapabilities: JSONValue {
    switch self {
    case .form: ["elicitation": ["form": [:]]]
    case .url: ["elicitation": ["url": [:]]]
    case .sampling: ["sampling": [:]]
    case .roots: ["roots": [:]]
    }
  }
}

extension ErrorCode {
  static let missingClientCapability = ErrorCode(rawValue: -32021)
}
