/// Where a plugin's code runs, and how far it is shut in there; as much as one manifest says of it.
package struct IsolationSettings: Sendable, Equatable {
  package enum Tier: String, Sendable {
    /// A process of its own for each tenant. Where nothing else is said.
    case worker
    /// The host's own process: for code that the operator trusts as much as the host.
    case inProcess = "in_process"
  }
  package enum Level: String, Sendable {
    case strict
    case standard
  }
  package var tier: Tier?
  /// Nil: the best that the system has.
  package var level: Level?
  /// Resolved against the folder of the manifest; the plugin's own files are not among them.
  package var readablePaths: [String] = []
  package var memoryBytes: Int?
  package var processorNanoseconds: Int64?
  package var threads: Int?
  /// What a call has to end by itself, after nobody waits for it any more.
  package var graceNanoseconds: Int64?

  package init() {}

  /// What the host's manifest and a tenant's come to: whichever says less goes. What a tenant's work needs to read is
  /// the tenant's to say as well.
  package func tightened(by tenant: IsolationSettings) -> IsolationSettings {
    func least<Value: Comparable>(_ left: Value?, _ right: Value?) -> Value? {
      [left, right].compactMap { $0 }.min()
    }
    var both = IsolationSettings()
    both.tier = tenant.tier ?? tier
    both.level = [level, tenant.level].contains(.strict) ? .strict : level ?? tenant.level
    both.readablePaths = readablePaths + tenant.readablePaths.filter { !readablePaths.contains($0) }
    both.memoryBytes = least(memoryBytes, tenant.memoryBytes)
    both.processorNanoseconds = least(processorNanoseconds, tenant.processorNanoseconds)
    both.threads = least(threads, tenant.threads)
    both.graceNanoseconds = least(graceNanoseconds, tenant.graceNanoseconds)
    return both
  }
}

extension IsolationSettings {
  /// - Parameter plugin: the entry of one plugin.
  init(
    of plugin: ManifestCursor, in manifest: ManifestFile, variables: ManifestVariables
  ) throws(ManifestError) {
    self.init()
    if let isolation = plugin.optional("isolation") { tier = try isolation.choice(Tier.self) }
    guard let sandbox = plugin.optional("sandbox") else { return }
    if let level = sandbox.optional("level") { self.level = try level.choice(Level.self) }
    for path in try sandbox.list("read") {
      let expanded = try variables.expand(try path.text(), at: path.location)
      guard !expanded.contains("\n") else { throw path.mismatch("a path without line breaks") }
      readablePaths.append(ManifestFile.resolve(expanded, from: manifest.path))
    }
    if let bytes = sandbox.optional("memory_bytes") { memoryBytes = try bytes.integer() }
    if let time = sandbox.optional("cpu_time") { processorNanoseconds = try time.nanoseconds() }
    if let threads = sandbox.optional("threads") { self.threads = try threads.integer() }
    if let grace = sandbox.optional("grace") { graceNanoseconds = try grace.nanoseconds() }
  }
}
