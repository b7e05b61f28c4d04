/// A revision of the protocol that this server speaks.
package enum Revision: String, Sendable, CaseIterable, Comparable {
  case november2024 = "2024-11-05"
  case march2025 = "2025-03-26"
  case june2025 = "2025-06-18"
  case november2025 = "2025-11-25"
  case july2026 = "2026-07-28"

  package static let newestWithHandshake = Revision.november2025
  /// Those that a request names in its `_meta`, without a handshake before it.
  package static let stateless: [Revision] = [.july2026]

  var isStateless: Bool { self >= .july2026 }

  // Revisions are dates, written so that their texts sort like them.
  package static func < (left: Revision, right: Revision) -> Bool { left.rawValue < right.rawValue }
}

// Which fields a peer of a revision knows. One that is older gets none of them.
extension Revision {
  var hasAnnotations: Bool { self >= .march2025 }
  var hasCompletionsCapability: Bool { self >= .march2025 }
  var hasAudio: Bool { self >= .march2025 }
  var hasProgressMessages: Bool { self >= .march2025 }
  var hasTitles: Bool { self >= .june2025 }
  var hasStructuredContent: Bool { self >= .june2025 }
  var hasIcons: Bool { self >= .november2025 }
  var hasResourceLinks: Bool { self >= .june2025 }
  /// Schemas and values of any type, not only objects.
  var hasUnrestrictedOutput: Bool { self >= .july2026 }
}
