import CPluginLoading

/// Where this process has the Swift runtime, so that a Swift plugin finds it in another process as it would find it here;
/// nil where it is part of the program.
package let runtimeFolder: String? = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { folder in
  plugin_library_folder("swift_retain", folder.baseAddress, folder.count)
    ? String(cString: folder.baseAddress!) : nil
}
