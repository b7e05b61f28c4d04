/// What a reader of JSON accepts beyond the grammar.
package struct JSONLimits: Sendable, Equatable {
  /// Arrays and objects open at once. Never more than ``deepest``, because trees built from a text are walked
  /// recursively.
  package var maxDepth: Int {
    didSet { maxDepth = min(max(maxDepth, 0), Self.deepest) }
  }
  /// Never more than 2 GiB: offsets are kept in 32 bits.
  package var maxBytes: Int {
    didSet { maxBytes = min(max(maxBytes, 0), Self.largest) }
  }
  /// Where they are allowed, the last one of a name is the one that is read, as JavaScript does.
  package var allowsDuplicateKeys: Bool

  package static let deepest = 1024
  package static let largest = Int(Int32.max)

  package init(maxDepth: Int = 128, maxBytes: Int = 16 << 20, allowsDuplicateKeys: Bool = true) {
    self.maxDepth = min(max(maxDepth, 0), Self.deepest)
    self.maxBytes = min(max(maxBytes, 0), Self.largest)
    self.allowsDuplicateKeys = allowsDuplicateKeys
  }

  package static let `default` = JSONLimits()
  /// Two readers of a text with a repeated key may disagree about what it says, so whatever decides something
  /// (manifests, protocol messages, registrations, arguments) is read with this.
  package static let strict = JSONLimits(allowsDuplicateKeys: false)
}
