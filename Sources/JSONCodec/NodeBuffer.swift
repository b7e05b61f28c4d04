/// Where the parser writes its nodes: the caller's scratch memory until that is full, the heap afterwards.
struct NodeBuffer: ~Copyable {
  private(set) var nodes: UnsafeMutablePointer<JSONNode>
  private(set) var count = 0
  private var capacity: Int
  private var isOnHeap = false

  init(scratch: UnsafeMutableBufferPointer<JSONNode>) {
    // An empty scratch buffer has no address; the heap serves it at the first node.
    nodes = scratch.baseAddress ?? .allocate(capacity: 1)
    isOnHeap = scratch.baseAddress == nil
    capacity = isOnHeap ? 1 : scratch.count
  }

  deinit {
    if isOnHeap { nodes.deallocate() }
  }

  @inline(__always)
  mutating func append(_ node: JSONNode) {
    if count == capacity { grow() }
    (nodes + count).initialize(to: node)
    count &+= 1
  }

  @inline(never)
  private mutating func grow() {
    let larger = UnsafeMutablePointer<JSONNode>.allocate(capacity: capacity * 2)
    larger.update(from: nodes, count: count)
    if isOnHeap { nodes.deallocate() }
    nodes = larger
    capacity *= 2
    isOnHeap = true
  }
}
