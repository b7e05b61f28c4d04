import CPluginLoading
import Glibc
package import ToolContracts

/// A plugin's bytes as a nameless file that nobody can change any more. The probe and this process load the very same
/// one, so what was found harmless is what runs.
package struct PluginImage: ~Copyable {
  package let descriptor: OwnedDescriptor

  /// - Parameter id: shows up in `/proc/PID/maps`, so that profiles and crash reports name the plugin.
  package init(of file: PluginFile, id: String) throws(PluginFailure) {
    let number = file.bytes.withUnsafeBytes {
      plugin_image_seal("jackfield-plugin:\(id)", $0.baseAddress, $0.count)
    }
    guard number >= 0 else {
      throw PluginFailure(
        .loadFailed,
        "no sealed copy of it can be made: \(textOfError(-number)); the host needs memfd_create(2) and room in memory."
      )
    }
    descriptor = OwnedDescriptor(number)
  }

  /// Leaves the bytes, and the number of their descriptor, as they are for as long as the process lives.
  package consuming func keepForEver() { _ = descriptor.keepForEver() }

  package consuming func intoDescriptor() -> OwnedDescriptor { descriptor }
}
