/// Containers, which are mostly closed in the order they were opened.
extension JSONOutput {
  /// Begins a container where a value has to stand.
  func begin(_ kind: JSONContainer.Kind) -> Int {
    append(kind == .array ? UInt8(ascii: "[") : UInt8(ascii: "{"))
    var container = JSONContainer(kind: kind, parent: open)
    container.members = members.count
    containers.append(container)
    open = containers.count - 1
    return open
  }

  /// Closes what is open and was begun at `mark` or later.
  @inline(__always)
  func close(to mark: Int) {
    while open >= mark { closeInnermost() }
  }

  private func closeInnermost() {
    if containers[open].kind == .dictionary { sortMembers(of: containers[open]) }
    containers[open].isClosed = true
    containers[open].end = count
    append(containers[open].kind == .array ? UInt8(ascii: "]") : UInt8(ascii: "}"))
    open = containers[open].parent
  }

  /// Writes one member or element.
  ///
  /// If `value` throws, the container is as it was before.
  func write(
    in container: Int, _ key: String?, _ value: (JSONOutput) throws -> Void
  ) throws {
    guard container == open || reach(container) else { return try insert(in: container, key, value) }
    let (length, mark, before, sorted) = (count, containers.count, containers[container], members.count)
    announce(key, in: container)
    do {
      try value(self)
    } catch {
      truncate(to: length)
      containers.removeSubrange(mark...)
      containers[container] = before
      members.removeSubrange(sorted...)
      open = container
      throw error
    }
  }

  /// Begins a container as a member or element of another one.
  func begin(_ kind: JSONContainer.Kind, in container: Int, _ key: String?) -> Int {
    if container == open || reach(container) {
      announce(key, in: container)
      return begin(kind)
    }
    guard containers.indices.contains(container) else {
      note("a container was used after its encoding had failed")
      return 0
    }
    insert(in: container, key) { $0.append(kind == .array ? "[]" : "{}") }
    var late = JSONContainer(kind: kind == .array ? .array : .object, isClosed: true, parent: container)
    late.end = containers[container].end - 1
    containers.append(late)
    return containers.count - 1
  }

  /// Closes what is within a container that is still open.
  private func reach(_ container: Int) -> Bool {
    guard containers.indices.contains(container), !containers[container].isClosed else { return false }
    close(to: container + 1)
    return open == container
  }

  @inline(__always)
  private func announce(_ key: String?, in container: Int) {
    if containers[container].count > 0 { append(UInt8(ascii: ",")) }
    containers[container].count += 1
    containers[container].last = count
    guard let key else { return }
    let start = count
    string(key)
    if containers[container].kind == .dictionary { members.append(JSONMember(start: start, keyEnd: count)) }
    append(UInt8(ascii: ":"))
  }

  /// Writes into a container that is closed: what is added is made apart, and put before the bracket.
  @inline(never)
  private func insert(
    in container: Int, _ key: String?, _ value: (JSONOutput) throws -> Void
  ) rethrows {
    guard containers.indices.contains(container) else {
      return note("a container was used after its encoding had failed")
    }
    let late = JSONOutput()
    if containers[container].count > 0 { late.append(UInt8(ascii: ",")) }
    if let key {
      late.string(key)
      late.append(UInt8(ascii: ":"))
    }
    try value(late)
    if let failure = late.misuse { misuse = failure }
    let offset = containers[container].end
    late.withBytes { insert($0, at: offset) }
    containers[container].count += 1
    containers[container].end += late.count
    for other in containers.indices where other != container {
      if containers[other].end > offset { containers[other].end += late.count }
      if containers[other].last > offset { containers[other].last += late.count }
    }
    for index in members.indices where members[index].start > offset {
      members[index].start += late.count
      members[index].keyEnd += late.count
    }
  }

  private func sortMembers(of dictionary: JSONContainer) {
    let entries = members[dictionary.members...]
    defer { members.removeSubrange(dictionary.members...) }
    func precedes(_ left: JSONMember, _ right: JSONMember) -> Bool {
      buffer[left.start..<left.keyEnd - 1].lexicographicallyPrecedes(buffer[right.start..<right.keyEnd - 1])
    }
    guard let first = entries.first, !zip(entries, entries.dropFirst()).allSatisfy({ !precedes($1, $0) })
    else {
      return
    }
    var ends = entries.dropFirst().map { $0.start - 1 }
    ends.append(count)
    let sorted = zip(entries, ends).sorted { precedes($0.0, $1.0) }
    var text: [UInt8] = []
    text.reserveCapacity(count - first.start)
    for (entry, end) in sorted {
      if !text.isEmpty { text.append(UInt8(ascii: ",")) }
      text += buffer[entry.start..<end]
    }
    let moved = sorted.map { ($0.0.start, $0.1) }
    relocate(moved, from: first.start)
    replace(from: first.start, with: text)
  }

  /// Containers within members that have moved: more may still be written into them.
  private func relocate(_ moved: [(start: Int, end: Int)], from first: Int) {
    var offset = first
    var places: [(range: Range<Int>, by: Int)] = []
    for (start, end) in moved {
      places.append((start..<end, offset - start))
      offset += end - start + 1
    }
    for index in containers.indices where containers[index].isClosed && containers[index].end >= first {
      let end = containers[index].end
      if let place = places.first(where: { $0.range.contains(end) }) {
        containers[index].end = end + place.by
      }
    }
  }
}
