extension StringProtocol {
  /// The lines as an editor counts them, without their ends (LF or CR LF). After the last end comes an empty line.
  var fileLines: [Substring] {
    Substring(self).utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
      Substring(line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
    }
  }
}
