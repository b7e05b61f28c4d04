import CPluginLoading
import Glibc
import Locking
import PluginFiles
import PluginABI
import ToolContracts

/// A plugin's code in this process. It is never unloaded: threads, thread-local destructors and the runtimes of several
/// languages may still point into it.
final class LoadedLibrary: @unchecked Sendable {
  // @unchecked: `table` holds pointers to what a plugin may never change or free.

  /// Slots that the plugin does not have are null.
  let table: jf_plugin
  let facts: PluginTable
  /// Taken around every [main] function of the plugin, and so held while plugin code runs.
  let mainLock = Lock(())

  private init(_ table: jf_plugin) {
    self.table = table
    facts = PluginTable(copying: table)
  }

  /// Everything that was ever loaded, by digest, since a plugin's entry function may be called only once in a process.
  private static let loaded = Lock<[String: Result<LoadedLibrary, PluginFailure>]>([:])

  /// - Parameter prepare: makes the image to load; only asked for code that is not here yet.
  static func load(
    digest: String, prepare: () throws(PluginFailure) -> PluginImage
  ) throws(PluginFailure) -> LoadedLibrary {
    // Held while the plugin's constructors run. They cannot come back here, and nobody else may load meanwhile.
    try loaded.withLock { loaded throws(PluginFailure) in
      if let earlier = loaded[digest] { return try earlier.get() }
      let handle = try open(try prepare())
      let result = enter(handle)
      loaded[digest] = result
      return try result.get()
    }
  }

  private static func open(_ image: consuming PluginImage) throws(PluginFailure) -> UnsafeMutableRawPointer {
    // By the process's number: a debugger that attaches later opens the same path to read the symbols.
    let path = "/proc/\(getpid())/fd/\(image.descriptor.number)"
    // NOW: a missing symbol is an error here, not the end of the process in the middle of a call. LOCAL: two plugins may
    // both define `parse`, and neither may see the other's. NODELETE: see above.
    guard let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE) else {
      throw PluginFailure(.loadFailed, "cannot be used: \(explanation(ofLoader: lastLoaderError())).")
    }
    // The loader takes a path that it has seen for the library that it has: the number must never be another's.
    image.keepForEver()
    return handle
  }

  private static func enter(_ handle: UnsafeMutableRawPointer) -> Result<LoadedLibrary, PluginFailure> {
    guard let symbol = dlsym(handle, JF_ENTRY_SYMBOL) else {
      return .failure(
        PluginFailure(.loadFailed, "cannot be used: it exports no function \(JF_ENTRY_SYMBOL)."))
    }
    typealias Entry = @convention(c) (UInt32) -> UnsafePointer<jf_plugin>?
    let offered = unsafeBitCast(symbol, to: Entry.self)(plugin_host_abi())
    var table = jf_plugin()
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PLUGIN_WHY)) { why in
      let verdict = plugin_table_check(offered, &table, why.baseAddress)
      guard verdict == PLUGIN_GOOD else {
        let code = verdict == PLUGIN_INCOMPATIBLE ? PluginFailure.Code.incompatible : .loadFailed
        return .failure(PluginFailure(code, "cannot be used: \(String(cString: why.baseAddress!))."))
      }
      return .success(LoadedLibrary(table))
    }
  }

  private static func lastLoaderError() -> String {
    dlerror().map { String(cString: $0) } ?? "no reason given"
  }
}

/// What the dynamic loader says, put so that an operator can act on it.
func explanation(ofLoader message: String) -> String {
  var text = message
  // It begins with the path that it was given, which is that of the image and tells nobody anything.
  if text.hasPrefix("/proc/"), let colon = text.firstIndex(of: ":") {
    text = String(text[text.index(after: colon)...].drop { $0 == " " })
  }
  if text.split(separator: ":").contains(" cannot open shared object file") {
    text +=
      "; it is looked for where the system keeps libraries and under the plugin's absolute RUNPATH, not in $ORIGIN"
  }
  return text
}
