/// How many answers of models are kept for one tenant, to be given again.
package struct AnswerBounds: Sendable, Hashable {
  package var entries: Int
  package var bytes: Int

  package init(entries: Int = 10_000, bytes: Int = 64 << 20) {
    self.entries = entries
    self.bytes = bytes
  }
}
