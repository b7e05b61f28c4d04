import CPluginServices
import JSONCodec
package import Storage
package import ToolContracts

/// `jf.kv/1`: one plugin's values for one tenant.
package struct KeyValueService: HostService {
  private static let longestKey = 512
  private static let longestValue = 1 << 20
  private static let longestList: UInt64 = 1000

  private let store: any KeyValueStore
  private let space: KeySpace
  private let quota: KeySpaceQuota
  private let time: any TimeSource

  package init(
    _ store: any KeyValueStore, space: KeySpace, quota: KeySpaceQuota, time: any TimeSource
  ) {
    self.store = store
    self.space = space
    self.quota = quota
    self.time = time
  }

  package func answer(_ request: ServiceRequest, reply: @escaping @Sendable (ServiceAnswer) -> Void) {
    // The asker's tenant is the one that the service was made for, or the host has mixed up two of them.
    guard request.info.tenant == space.tenant else { return reply(ServiceAnswer(.denied)) }
    Task {
      do throws(KeyValueFailure) { reply(try await perform(request)) } catch { reply(ServiceAnswer(error)) }
    }
  }

  private func perform(_ request: ServiceRequest) async throws(KeyValueFailure) -> ServiceAnswer {
    var question = QuestionBytes(request.bytes)
    switch Int(request.operation) {
    case PLUGIN_KV_GET: return try await get(&question)
    case PLUGIN_KV_LIST: return try await list(&question)
    case PLUGIN_KV_PUT, PLUGIN_KV_REMOVE:
      if request.info.changesNothing { return ServiceAnswer(.denied) }
      return Int(request.operation) == PLUGIN_KV_PUT ? try await put(&question) : try await remove(&question)
    default: return ServiceAnswer(.unsupported)
    }
  }

  private func get(_ question: inout QuestionBytes) async throws(KeyValueFailure) -> ServiceAnswer {
    guard let key = Self.key(question.remainingText()) else { return ServiceAnswer(.argument) }
    guard let found = try await store.value(of: key, in: space) else { throw .notFound }
    return ServiceAnswer(.ok, Array(number: found.version) + found.bytes)
  }

  private func put(_ question: inout QuestionBytes) async throws(KeyValueFailure) -> ServiceAnswer {
    guard let expected = question.number(), let lifetime = question.number().map(Int64.init(bitPattern:)),
      lifetime >= 0, let length = question.number(), let key = Self.key(question.text(byteCount: length))
    else { return ServiceAnswer(.argument) }
    let value = question.remainder()
    guard value.count <= Self.longestValue else { return ServiceAnswer(.limit) }
    let (end, isForEver) = time.wallClock().addingReportingOverflow(lifetime)
    do throws(KeyValueFailure) {
      let version = try await store.put(
        value, at: key, in: space, expecting: KeyExpectation(wire: expected),
        expires: lifetime == 0 || isForEver ? nil : end, quota: quota)
      return ServiceAnswer(.ok, Array(number: version))
    } catch {
      // What was expected is gone altogether, rather than replaced.
      if error == .conflict, try await store.value(of: key, in: space) == nil { throw .notFound }
      throw error
    }
  }

  private func remove(_ question: inout QuestionBytes) async throws(KeyValueFailure) -> ServiceAnswer {
    guard let expected = question.number(), let key = Self.key(question.remainingText()) else {
      return ServiceAnswer(.argument)
    }
    try await store.remove(key, in: space, expecting: KeyExpectation(wire: expected))
    return ServiceAnswer(.ok)
  }

  private func list(_ question: inout QuestionBytes) async throws(KeyValueFailure) -> ServiceAnswer {
    guard let limit = question.number(), (1...Self.longestList).contains(limit),
      let length = question.number(), let prefix = question.text(byteCount: length),
      let after = question.remainingText()
    else { return ServiceAnswer(.argument) }
    let keys = try await store.keys(in: space, prefix: prefix, after: after, limit: Int(limit))
    var writer = JSONWriter()
    writer.beginArray()
    for key in keys { writer.string(key.key) }
    writer.endArray()
    return ServiceAnswer(.ok, writer.bytes)
  }

  private static func key(_ text: String?) -> String? {
    guard let text, (1...longestKey).contains(text.utf8.count), !text.utf8.contains(0) else { return nil }
    return text
  }
}

extension KeyExpectation {
  /// JF_KV_ABSENT, JF_KV_ANY_VERSION or a version.
  fileprivate init(wire: UInt64) {
    self = wire == 0 ? .absent : wire == .max ? .anything : .version(wire)
  }
}

extension ServiceAnswer {
  fileprivate init(_ failure: KeyValueFailure) { self.init(CallStatus(failure)) }
}

extension CallStatus {
  fileprivate init(_ failure: KeyValueFailure) {
    switch failure {
    case .notFound: self = .notFound
    case .conflict: self = .state
    case .overQuota: self = .limit
    // The store's own words name files: they are not for a plugin.
    case .storage(let failure): self = failure.code == .locked ? .busy : .io
    }
  }
}
