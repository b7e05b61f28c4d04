/// How a server is spoken to, as it was agreed when it started.
enum Era: Sendable, Equatable {
  /// 2026-07-28: every request says for itself what it is.
  case modern
  /// Agreed with `initialize`.
  case legacy(String)

  static let modernRevision = "2026-07-28"
  static let offeredLegacyRevision = "2025-11-25"
  /// A server may answer with an older one than it was offered.
  static let legacyRevisions = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"]
}
