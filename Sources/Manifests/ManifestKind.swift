import JSONCodec

enum ManifestKind: String, CaseIterable {
  case host = "Host"
  case tenant = "Tenant"
  case flow = "Flow"
  case prompts = "Prompts"
  case prices = "Prices"

  static let apiVersion = "jackfield/v1"

  /// Reads a file and holds it against the schema of this kind.
  func read(_ path: String, askedFor asker: SourceLocation? = nil) throws(ManifestErrors) -> ManifestFile {
    let file = try ManifestFile(reading: path, askedFor: asker)
    let kind = try ManifestKind.kind(of: file)
    guard kind == self else {
      let location = ManifestCursor(file).optional("kind")?.location ?? SourceLocation(file: path)
      throw ManifestErrors([
        ManifestError(.wrongKind, at: location, "expected kind '\(rawValue)' here, found '\(kind.rawValue)'")
      ])
    }
    let errors = ManifestSchema.errors(of: file, as: self)
    guard errors.isEmpty else { throw ManifestErrors(errors) }
    return file
  }

  static func ofFile(_ path: String) throws(ManifestErrors) -> ManifestKind {
    try kind(of: ManifestFile(reading: path))
  }

  private static func kind(of file: ManifestFile) throws(ManifestErrors) -> ManifestKind {
    do throws(ManifestError) {
      let root = ManifestCursor(file)
      guard case .object = file.root.content else { throw root.mismatch("a mapping of keys to values") }
      let version = try root.required("apiVersion")
      guard try version.text() == apiVersion else {
        throw ManifestError(
          .unsupportedVersion, at: version.location, "this release reads apiVersion '\(apiVersion)' only")
      }
      let kind = try root.required("kind")
      guard let known = ManifestKind(rawValue: try kind.text()) else {
        let kinds = allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        throw ManifestError(.wrongKind, at: kind.location, "expected one of the kinds \(kinds)")
      }
      return known
    } catch { throw ManifestErrors([error]) }
  }
}
