import CCrypto

extension ManifestFile {
  /// The certificates of a file that a manifest names, as PEM.
  ///
  /// - Parameter name: relative ones start at this file's folder.
  func certificates(_ name: ManifestCursor) throws(ManifestError) -> [UInt8] {
    let path = ManifestFile.resolve(try name.text(), from: path)
    let text = try ManifestFile.contents(of: path, askedFor: name.location)
    guard text.withUnsafeBytes({ jf_certificate_count($0.baseAddress, Int32($0.count)) }) > 0 else {
      throw ManifestError(
        .certificateInvalid, at: name.location, "'\(path)' has no certificates in PEM, or one that is broken")
    }
    return text
  }
}
