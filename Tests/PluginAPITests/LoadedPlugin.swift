import Glibc
import PluginABI
import Testing

/// Loads a plugin from a file, for good: unloading one is not safe.
func loadPlugin(_ path: String) throws -> UnsafePointer<jf_plugin> {
  guard let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | 0x1000 /* RTLD_NODELETE */) else {
    throw LoadFailed(reason: String(cString: dlerror()))
  }
  let symbol = try #require(dlsym(handle, JF_ENTRY_SYMBOL))
  typealias Entry = @convention(c) (UInt32) -> UnsafePointer<jf_plugin>?
  return try #require(unsafeBitCast(symbol, to: Entry.self)(1 << 16))
}

struct LoadFailed: Error {
  let reason: String
}
