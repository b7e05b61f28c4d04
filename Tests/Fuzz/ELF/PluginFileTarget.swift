import PluginFiles
import ToolContracts

/// Whatever the bytes are: they are read or refused, in bounded time, and what was read was in them.
func pluginFilesAreReadOrRefused(_ input: UnsafeBufferPointer<UInt8>) {
  let bytes = Array(input)
  do throws(PluginFailure) {
    let file = try ELFFile(bytes)
    inspect(file, of: bytes)
    guard let section = try file.section(named: SealedDescriptor.section) else { return }
    precondition(section.startIndex >= 0 && section.endIndex <= bytes.count)
    let sealed = try SealedDescriptor(parsing: section)
    precondition(sealed.bytes == Array(section))
    precondition(sealed.tableIndices.count == sealed.descriptor.functions.count)
  } catch {
    // The message goes to an operator's log, as one line.
    precondition(!error.message.isEmpty && !error.message.utf8.contains(UInt8(ascii: "\n")))
  }
}

private func inspect(_ file: ELFFile, of bytes: [UInt8]) {
  let (longestName, mostSymbols) = (4096 * 3, 1000)  // A byte that is no UTF-8 becomes three.
  for segment in file.segments {
    if let range = segment.bytesInFile {
      precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count)
    }
  }
  let symbols = file.exportedSymbols
  precondition(symbols.count <= mostSymbols)
  for name in symbols + file.linking.needed { precondition(name.utf8.count <= longestName) }
}
