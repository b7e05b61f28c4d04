import ToolContracts

extension LimitOverrides {
  init(_ value: ManifestCursor) throws(ManifestError) {
    self.init()
    if let timeout = value.optional("timeout") { timeoutNanoseconds = try timeout.nanoseconds() }
    if let bytes = value.optional("max_result_bytes") { maxResultBytes = try bytes.integer() }
    if let calls = value.optional("concurrency") { concurrency = try calls.integer() }
    if let grace = value.optional("grace") { graceNanoseconds = try grace.nanoseconds() }
    guard let rate = value.optional("rate_limit") else { return }
    let limit = try rate.required("limit").integer()
    self.rate = RateLimit(
      limit: limit, periodNanoseconds: try rate.required("period").nanoseconds(),
      burst: try rate.optional("burst").map { burst throws(ManifestError) in try burst.integer() } ?? limit)
  }
}

extension ManifestCursor {
  func tenant() throws(ManifestError) -> TenantID {
    guard let tenant = string.flatMap({ TenantID($0) }) else {
      throw mismatch("a tenant's name: 1 to 32 of a-z, 0-9, -")
    }
    return tenant
  }
}
