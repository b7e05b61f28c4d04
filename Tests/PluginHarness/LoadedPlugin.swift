import Glibc
package import PluginABI

/// A plugin's shared object, loaded as the host loads it. Never unloaded.
package struct LoadedPlugin: @unchecked Sendable {
  // @unchecked: `table` points to what the plugin promises to be constant.
  package let table: UnsafePointer<jf_plugin>

  package struct LoadError: Error, CustomStringConvertible {
    package let description: String
  }

  /// - Parameter library: the name of a library product, for example `libsql.so`, found beside the test bundle.
  package init(library: String) throws(LoadError) {
    let path = Self.buildFolder + "/" + library
    guard let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE) else {
      throw LoadError(description: String(cString: dlerror()))
    }
    guard let symbol = dlsym(handle, JF_ENTRY_SYMBOL) else { throw LoadError(description: "no entry symbol") }
    typealias Entry = @convention(c) (UInt32) -> UnsafePointer<jf_plugin>?
    let entry = unsafeBitCast(symbol, to: Entry.self)
    guard let table = entry(1 << 16) else { throw LoadError(description: "the plugin refuses ABI 1.0") }
    self.table = table
  }

  package var functions: [jf_function] {
    let start = UnsafeRawPointer(table.pointee.functions!)
    return (0..<Int(table.pointee.function_count)).map {
      (start + $0 * Int(table.pointee.function_stride)).loadUnaligned(as: jf_function.self)
    }
  }

  private static let buildFolder: String = {
    var path = [CChar](repeating: 0, count: Int(PATH_MAX))
    let length = max(0, readlink("/proc/self/exe", &path, path.count - 1))
    let executable = String(decoding: path[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self)
    return executable.split(separator: "/").dropLast().map { "/" + $0 }.joined()
  }()
}

extension jf_bytes {
  /// A plugin that hands over something else than UTF-8 has broken its contract, and must not go unnoticed.
  package var text: String {
    let bytes = UnsafeBufferPointer(start: ptr, count: Int(len))
    return String(validating: bytes, as: UTF8.self) ?? "NOT UTF-8: \(Array(bytes))"
  }
}
