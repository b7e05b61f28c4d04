import Glibc

/// The memory a parser works in: the tape that grows, and one entry for each open container. A thread keeps its own
/// from one text to the next, so that parsing asks nothing of the allocator.
struct ParserScratch {
  private(set) var nodes: UnsafeMutablePointer<JSONNode>
  private(set) var nodeCapacity: Int
  private(set) var open: UnsafeMutablePointer<OpenContainer>
  private var openCapacity: Int

  /// More than this is given back after the text that needed it.
  private static let keptNodes = 1 << 16

  init(depth: Int, nodes count: Int) {
    nodeCapacity = max(count, 64)
    nodes = .allocate(capacity: nodeCapacity)
    openCapacity = depth + 1
    open = .allocate(capacity: openCapacity)
  }

  func free() {
    nodes.deallocate()
    open.deallocate()
  }

  @inline(never)
  mutating func growNodes(keeping count: Int) {
    let larger = UnsafeMutablePointer<JSONNode>.allocate(capacity: nodeCapacity * 2)
    larger.update(from: nodes, count: count)
    nodes.deallocate()
    nodes = larger
    nodeCapacity *= 2
  }

  // MARK: One for each thread

  private static let key: pthread_key_t = {
    var key = pthread_key_t()
    pthread_key_create(&key) { memory in
      guard let memory else { return }
      let scratch = memory.assumingMemoryBound(to: ParserScratch.self)
      scratch.pointee.free()
      scratch.deallocate()
    }
    return key
  }()

  /// Lends this thread's memory. Whoever parses inside `body` gets other memory.
  static func withOwn<Result>(
    depth: Int, bytes: Int, _ body: (UnsafeMutablePointer<ParserScratch>) -> Result
  ) -> Result {
    let own = take(depth: depth, bytes: bytes)
    defer { giveBack(own) }
    return body(own)
  }

  private static func take(depth: Int, bytes: Int) -> UnsafeMutablePointer<ParserScratch> {
    if let memory = pthread_getspecific(key) {
      let scratch = memory.assumingMemoryBound(to: ParserScratch.self)
      pthread_setspecific(key, nil)
      if scratch.pointee.openCapacity > depth { return scratch }
      scratch.pointee.free()
      scratch.deallocate()
    }
    let scratch = UnsafeMutablePointer<ParserScratch>.allocate(capacity: 1)
    // About what documents need that are read by programs; the tape grows where it is too little.
    scratch.initialize(to: ParserScratch(depth: depth, nodes: min(max(bytes / 8, 512), keptNodes)))
    return scratch
  }

  private static func giveBack(_ scratch: UnsafeMutablePointer<ParserScratch>) {
    if pthread_getspecific(key) == nil, scratch.pointee.nodeCapacity <= keptNodes {
      pthread_setspecific(key, scratch)
    } else {
      scratch.pointee.free()
      scratch.deallocate()
    }
  }
}

/// A container whose end has not been read.
struct OpenContainer {
  /// Index of its node.
  var index = 0
  var count: UInt32 = 0
  var isObject = false
  /// Two of its keys set the same bit of ``seen``: only then can one repeat another.
  var mayRepeatKeys = false
  /// One bit for each key, chosen by its hash.
  var seen: (UInt64, UInt64) = (0, 0)

  @inline(__always)
  mutating func note(_ hash: UInt32) {
    let bit: UInt64 = 1 << UInt64(hash & 63)
    if hash & 64 == 0 {
      if seen.0 & bit != 0 { mayRepeatKeys = true }
      seen.0 |= bit
    } else {
      if seen.1 & bit != 0 { mayRepeatKeys = true }
      seen.1 |= bit
    }
  }
}
