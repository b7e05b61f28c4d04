import JSONCodec

/// A part of a list that is sorted by name. A cursor says after which name to go on, so it stays good when the list changes.
struct Page<Item> {
  let items: ArraySlice<Item>
  let nextCursor: String?

  private static var prefix: String { "after:" }

  /// - Parameter params: of a list request; an absent cursor and an empty one both mean the beginning.
  init(of items: [Item], size: Int, params: JSONView?, name: (Item) -> String) throws(ProtocolError) {
    let start = try Self.start(in: items, cursor: params?["cursor"], name: name)
    let end = min(start + max(1, size), items.count)
    self.items = items[start..<end]
    nextCursor = end < items.count ? Self.prefix + name(items[end - 1]) : nil
  }

  private static func start(
    in items: [Item], cursor: JSONView?, name: (Item) -> String
  ) throws(ProtocolError) -> Int {
    guard let cursor else { return 0 }
    guard let text = cursor.string else { throw .invalidParams("cursor must be a string") }
    if text.isEmpty { return 0 }
    guard text.hasPrefix(prefix), text.utf8.count > prefix.utf8.count else {
      throw .invalidParams("this cursor was not given out by this server")
    }
    let last = String(text.dropFirst(prefix.count))
    return items.firstIndex { name($0) > last } ?? items.count
  }
}
