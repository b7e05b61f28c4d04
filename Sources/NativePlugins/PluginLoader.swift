import PluginFiles
package import ToolContracts

/// Turns a file into a plugin that instances can be opened of: read, checked, probed where it is unknown, loaded, and
/// its code held against its descriptor. One that fails leaves the others, and the host, as they were.
package struct PluginLoader: Sendable {
  private let probe: PluginProbe
  private let time: any TimeSource
  private let log: PluginLog

  /// - Parameters:
  ///   - probe: path of the program jackfield-probe.
  ///   - cache: folder for its verdicts, made where it is missing, which only the host may write to; nil: every load
  ///     probes.
  ///   - patience: nanoseconds that a plugin may take to load.
  ///   - time: limits how much instances may log.
  package init(
    probe: String, cache: String?, patience: Int64 = 5_000_000_000, time: any TimeSource = SystemTime(),
    log: @escaping PluginLog
  ) {
    self.probe = PluginProbe(
      program: probe, cache: cache.map(VerdictCache.init), patience: patience, log: log)
    self.time = time
    self.log = log
  }

  /// What the plugin says of itself. Runs none of its code.
  package static func readDescriptor(of path: String) throws(PluginFailure) -> PluginDescriptor {
    try naming(path) { () throws(PluginFailure) in
      try SealedDescriptor(of: try PluginFile(reading: path)).descriptor
    }
  }

  /// Loads the plugin in the probe and nowhere else: finds what `load` would find, and runs none of its code here.
  package func examine(_ path: String) throws(PluginFailure) {
    try Self.naming(path) { () throws(PluginFailure) in
      let file = try PluginFile(reading: path)
      let sealed = try SealedDescriptor(of: file)
      try probe.examine(file, image: PluginImage(of: file, id: sealed.descriptor.id), descriptor: sealed)
    }
  }

  /// Blocks for as long as the plugin takes to load, twice: in the probe and here.
  package func load(_ path: String) throws(PluginFailure) -> NativePlugin {
    try Self.naming(path) { () throws(PluginFailure) in
      let file = try PluginFile(reading: path)
      let sealed = try SealedDescriptor(of: file)
      let library = try LoadedLibrary.load(digest: file.digest) { () throws(PluginFailure) in
        let image = try PluginImage(of: file, id: sealed.descriptor.id)
        try probe.examine(file, image: image, descriptor: sealed)
        return image
      }
      if let contradiction = library.facts.contradiction(to: sealed) {
        throw PluginFailure(
          .descriptorMismatch, "contradicts its descriptor: \(contradiction); seal it again.")
      }
      return NativePlugin(sealed, digest: file.digest, library: library, time: time, log: log)
    }
  }

  private static func naming<Value>(
    _ path: String, _ body: () throws(PluginFailure) -> Value
  ) throws(PluginFailure) -> Value {
    do throws(PluginFailure) { return try body() } catch {
      throw PluginFailure(error.code, "\(path) \(error.message)")
    }
  }
}
