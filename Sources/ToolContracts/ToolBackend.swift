package import JSONCodec

/// One running call, as a number that the plugin side holds. Never 0, never used for a second call.
package struct CallHandle: Hashable, Sendable {
  package let rawValue: UInt64
  package init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// How a call, or a step of one, went. The values are those of the plugin ABI.
package struct CallStatus: RawRepresentable, Hashable, Sendable {
  package let rawValue: Int32
  package init(rawValue: Int32) { self.rawValue = rawValue }

  package static let ok = CallStatus(rawValue: 0)
  package static let pending = CallStatus(rawValue: 1)
  package static let argument = CallStatus(rawValue: -1)
  package static let unsupported = CallStatus(rawValue: -2)
  package static let denied = CallStatus(rawValue: -3)
  package static let notFound = CallStatus(rawValue: -4)
  package static let cancelled = CallStatus(rawValue: -5)
  package static let deadline = CallStatus(rawValue: -6)
  package static let limit = CallStatus(rawValue: -7)
  package static let state = CallStatus(rawValue: -8)
  package static let busy = CallStatus(rawValue: -9)
  package static let io = CallStatus(rawValue: -10)
  package static let tool = CallStatus(rawValue: -11)
  package static let `internal` = CallStatus(rawValue: -12)
  /// What a plugin said, as far as the plugin ABI knows it; anything else is a defect. So no plugin can say what only the
  /// host may: that nothing was begun.
  package init(ofPlugin rawValue: Int32) {
    let isKnown = rawValue >= CallStatus.internal.rawValue && rawValue <= CallStatus.pending.rawValue
    self = isKnown ? CallStatus(rawValue: rawValue) : .internal
  }

  /// The host's own, never a plugin's: what would run the call is not there at the moment, and nothing was begun.
  package static let unavailable = CallStatus(rawValue: -1000)
  /// The host's own: what ran the call ended before the call did.
  package static let crashed = CallStatus(rawValue: -1001)
  /// The host's own: what would run the call was caught breaking out, and is not run again. Nothing was begun.
  package static let quarantined = CallStatus(rawValue: -1002)
}

/// A piece of an answer, sent while the call still runs.
package struct CallEvent: Sendable, Equatable {
  package enum Kind: Int32, Sendable {
    case text = 1
    case reasoning
    case toolCall
    case usage
    case content
  }
  package var kind: Kind
  /// Text for `text` and `reasoning`, JSON otherwise; not checked.
  package var data: [UInt8]

  package init(kind: Kind, data: [UInt8]) {
    self.kind = kind
    self.data = data
  }
}

/// How far a call has come; `total` is 0 where it is not known.
package struct CallProgress: Sendable, Equatable {
  package var done: Double
  package var total: Double
  package var note: String

  package init(done: Double, total: Double, note: String) {
    self.done = done
    self.total = total
    self.note = note
  }
}

/// What a plugin may know of the call that it runs.
package struct CallInfo: Sendable {
  package var tenant: TenantID
  package var call: CallID
  package var attempt: UInt32
  /// Who asks, for the host's own services: no plugin is told. Empty where nobody is named.
  package var user: String
  // For the host's own services too:
  package var tool: ToolName?
  package var effect: Effect
  /// What the call has to end by itself in, once nobody waits for it any more, where its process can be ended then; nil:
  /// as its plugin has.
  package var graceNanoseconds: Int64?
  package var position: RunPosition
  package var authority: CallAuthority
  /// It is only asked what a call did or would do.
  package var changesNothing: Bool

  package init(
    tenant: TenantID, call: CallID, attempt: UInt32, user: String = "", tool: ToolName? = nil,
    effect: Effect = .nonIdempotent, graceNanoseconds: Int64? = nil,
    position: RunPosition = RunPosition(), authority: CallAuthority = CallAuthority(),
    changesNothing: Bool = false
  ) {
    self.tenant = tenant
    self.call = call
    self.attempt = attempt
    self.user = user
    self.tool = tool
    self.effect = effect
    self.graceNanoseconds = graceNanoseconds
    self.position = position
    self.authority = authority
    self.changesNothing = changesNothing
  }
}

/// The plugins' port: an open instance of one, for one tenant. Adapters implement it over dlopen, a worker process, an
/// MCP server.
package protocol ToolBackend: AnyObject, Sendable {
  /// Runs, or starts, one call; may block for as long as the plugin likes, so only a lane's thread calls it.
  ///
  /// - Parameters:
  ///   - function: index into the descriptor's `functions`.
  ///   - arguments: valid until this returns; where it answers `.pending`, until the call is complete.
  /// - Returns: `.pending` where `CallReceiver.complete` is still to come; any other status ends the call, unless
  ///   `complete` already did.
  func invoke(_ call: CallHandle, function: Int, arguments: UnsafeRawBufferPointer) -> CallStatus

  /// What became of an earlier call with these arguments and the idempotency key of this one? Answered as `invoke` is;
  /// `.unsupported` where the function cannot tell.
  func reconcile(_ call: CallHandle, function: Int, arguments: UnsafeRawBufferPointer) -> CallStatus

  /// What would a call with these arguments do? Answered as `invoke` is; `.unsupported` where the function cannot tell.
  func preview(_ call: CallHandle, function: Int, arguments: UnsafeRawBufferPointer) -> CallStatus

  /// Nobody waits for this call any more. `complete` is still owed. From any thread.
  func cancel(_ call: CallHandle)

  /// Ends the instance: no call of it is running, none will follow. Called once.
  func close()
}

extension ToolBackend {
  // A backend whose functions can only be called.

  package func reconcile(
    _ call: CallHandle, function: Int, arguments: UnsafeRawBufferPointer
  ) -> CallStatus { .unsupported }

  package func preview(
    _ call: CallHandle, function: Int, arguments: UnsafeRawBufferPointer
  ) -> CallStatus { .unsupported }
}

/// The other side of that port: where running calls report to. From any thread; a handle that is no longer running is
/// answered with a status, never trusted.
package protocol CallReceiver: AnyObject, Sendable {
  /// Copies `payload` before it returns.
  func complete(_ call: CallHandle, status: CallStatus, payload: UnsafeRawBufferPointer) -> CallStatus
  /// In the place of a result that the sender did not hand over, because it has more bytes than a result may.
  func completeTooLarge(_ call: CallHandle, byteCount: Int) -> CallStatus
  /// Bytes that a result of this call may have.
  func mostResultBytes(_ call: CallHandle) -> Int
  func emit(_ call: CallHandle, event: Int32, data: UnsafeRawBufferPointer) -> CallStatus
  func progress(_ call: CallHandle, _ progress: CallProgress) -> CallStatus
  /// 0 or less once the deadline has passed or nobody waits.
  func remainingNanoseconds(_ call: CallHandle) -> Int64
  func info(_ call: CallHandle) -> CallInfo?
  /// Whether there is anybody to ask.
  func hasAsker(_ call: CallHandle) -> Bool
  /// Asks whoever the call runs for. The call's time stands still meanwhile, for as long as people are waited for.
  ///
  /// - Parameters:
  ///   - over: takes the questions back when it is cancelled, which the end of the call does too.
  ///   - reply: called at most once, from any thread, with one answer a question; not at all once the call is over.
  /// - Returns: `.ok`; `.unsupported` where nobody is there, or where a question cannot be put to who is.
  func ask(
    _ call: CallHandle, _ inquiries: [Inquiry], until over: Cancellation,
    reply: @escaping @Sendable ([InquiryAnswer]) -> Void
  ) -> CallStatus
  /// The call's time stands still until `over` is cancelled, as if a person were asked for it, and for as long at most:
  /// somebody is asked for another call, and this one may be waiting for the answer too.
  func holdTime(of call: CallHandle, until over: Cancellation)
  /// Memory, aligned to 16, that lives as long as the call: made and filled when it is first asked for, the same ever
  /// after. Nil for a call that is over.
  func attachment(
    _ call: CallHandle, byteCount: Int, fill: (UnsafeMutableRawPointer) -> Void
  ) -> UnsafeMutableRawPointer?
}

extension CallReceiver {
  package func completeTooLarge(_ call: CallHandle, byteCount: Int) -> CallStatus {
    complete(call, status: .limit, payload: UnsafeRawBufferPointer(start: nil, count: 0))
  }

  package func mostResultBytes(_ call: CallHandle) -> Int { .max }

  // A receiver that knows nobody.

  package func hasAsker(_ call: CallHandle) -> Bool { false }

  package func ask(
    _ call: CallHandle, _ inquiries: [Inquiry], until over: Cancellation,
    reply: @escaping @Sendable ([InquiryAnswer]) -> Void
  ) -> CallStatus { .unsupported }

  package func holdTime(of call: CallHandle, until over: Cancellation) {}

  /// Asks a question that nothing but the end of the call takes back.
  package func ask(
    _ call: CallHandle, _ inquiries: [Inquiry], reply: @escaping @Sendable ([InquiryAnswer]) -> Void
  ) -> CallStatus { ask(call, inquiries, until: Cancellation(), reply: reply) }
}

/// Something that instances can be opened of: a plugin file that was read and checked.
package protocol ToolSource: Sendable {
  var descriptor: PluginDescriptor { get }
  /// Identifies the code behind the descriptor: `sha256:…`.
  var digest: String { get }

  /// - Parameters:
  ///   - configuration: an object that passed the descriptor's `configSchema`.
  ///   - services: those that the descriptor asks for and the operator granted.
  func open(
    for tenant: TenantID, configuration: JSONValue, services: GrantedServices,
    receiver: any CallReceiver
  ) throws(PluginFailure) -> any ToolBackend
}

/// Why a plugin cannot be used. For operators: names files and symbols.
package struct PluginFailure: Error, Sendable, Equatable, CustomStringConvertible {
  /// Stable across releases.
  package enum Code: String, Sendable {
    case unreadable = "plugin_unreadable"
    case notAPlugin = "not_a_plugin"
    case wrongArchitecture = "wrong_architecture"
    case truncated = "plugin_truncated"
    case descriptorInvalid = "descriptor_invalid"
    case descriptorMismatch = "descriptor_mismatch"
    case incompatible = "abi_incompatible"
    case loadFailed = "load_failed"
    case crashed = "plugin_crashed"
    case openFailed = "open_failed"
    case configurationInvalid = "configuration_invalid"
    case confinementUnavailable = "confinement_unavailable"
    case quarantined = "plugin_quarantined"
  }
  package var code: Code
  /// What is wrong and what to do about it, in a sentence.
  package var message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }
  package var description: String { "\(code.rawValue): \(message)" }
}
