import JSONCodec
import JSONSchema
package import ToolContracts
import ToolRegistry

/// What a plugin says became of an earlier call, whose outcome was lost.
package enum Reconciliation: Sendable, Equatable {
  /// It had its effect, and this is what it answered: JSON that has passed the function's output schema.
  case happened(CallResult)
  /// It had none and will not have one: it may be made again.
  case didNotHappen
  /// A person decides. `note` is the plugin's, for that person; empty where it has none.
  case unknown(note: String)
}

/// What a plugin says that a call would do.
package struct CallPreview: Sendable, Equatable {
  /// For whoever approves the call; at most 4096 bytes.
  package let summary: String
  /// JSON to look at; nil where there is none.
  package let details: [UInt8]?
}

// Questions about a call that is not made. They pass what a call passes, limits too, but are not journaled: whoever asks
// writes down what it made of the answer.
extension InvocationPipeline {
  /// For how long a plugin may think about it, where the call's own limit is not shorter.
  private static let patience: Int64 = 30_000_000_000

  /// Asks the plugin what became of a call whose outcome was lost in a crash. Whatever is not certain is `unknown`.
  ///
  /// - Parameter request: the lost call, with its id, which is its idempotency key, and its arguments.
  package func reconcile(_ request: CallRequest) async -> Reconciliation {
    guard case .success(let (function, payload)) = await examine(request, as: .reconcile),
      let answer = try? JSONDocument(parsing: payload, limits: .strict).root
    else { return .unknown(note: "") }
    let note = answer["note"]?.string.map { String($0.prefix(1024)) } ?? ""
    switch answer["outcome"]?.string {
    case "did_not_happen": return .didNotHappen
    case "happened":
      guard let result = answer["result"],
        let valid = try? validResult(Array(result.rawBytes), of: function)
      else { return .unknown(note: note) }
      return .happened(valid)
    default: return .unknown(note: note)
    }
  }

  /// Asks the plugin what a call would do. No promise: the world may be another one when it is made.
  ///
  /// - Returns: nil where the function has no preview, or none that makes sense.
  package func preview(_ request: CallRequest) async -> CallPreview? {
    guard case .success(let (_, payload)) = await examine(request, as: .preview),
      let answer = try? JSONDocument(parsing: payload, limits: .strict).root,
      let summary = answer["summary"]?.string, !summary.isEmpty, summary.utf8.count <= 4096
    else { return nil }
    return CallPreview(summary: summary, details: answer["details"].map { Array($0.rawBytes) })
  }

  private func examine(
    _ request: CallRequest, as purpose: CallPurpose
  ) async -> Result<(RegisteredFunction, [UInt8]), InvocationFailure> {
    do {
      let start = time.now()
      let resolved = try resolve(request, in: source.registry, at: start)
      let validated = try validateArguments(of: try authorise(resolved))
      let call = try await admit(ApprovedCall(examining: validated), at: start)
      let function = call.enabled.function
      let laneCall = LaneCall(
        backend: call.enabled.backend, function: function.index, purpose: purpose,
        mayPend: function.descriptor.mayPend, arguments: call.arguments.json,
        deadline: min(call.deadline, start.advanced(by: Self.patience)),
        maxResultBytes: call.enabled.limits.maxResultBytes,
        info: CallInfo(
          tenant: call.enabled.tenant, call: request.call, attempt: request.attempt,
          user: request.principal.user, tool: function.name,
          graceNanoseconds: call.enabled.limits.graceNanoseconds, position: request.position,
          authority: request.authority, changesNothing: true),
        gate: call.enabled.gate)
      guard case .returned(.ok, let payload) = await lanes.call(laneCall, cancellation: request.cancellation)
      else { return .failure(InvocationFailure(.toolFailed, "\(function.name) does not say")) }
      return .success((function, payload))
    } catch {
      return .failure(error)
    }
  }
}
