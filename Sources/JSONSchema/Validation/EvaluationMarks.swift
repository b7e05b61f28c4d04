/// Which children of a value have been looked at, for `unevaluatedItems` and `unevaluatedProperties`: bit sets on a
/// stack. Only subschemas that ask for it, and those that apply in their place, pay for it.
struct EvaluationMarks: ~Copyable {
  /// Offset of a bit set on the stack.
  typealias Frame = Int
  static let none: Frame = -1

  private var words: UnsafeMutablePointer<UInt64>
  private var capacity: Int
  private var top = 0
  private var isOnHeap = false

  init(scratch: UnsafeMutableBufferPointer<UInt64>) {
    // `scratch` is never empty.
    words = scratch.baseAddress.unsafelyUnwrapped
    capacity = scratch.count
  }

  deinit {
    if isOnHeap { words.deallocate() }
  }

  mutating func push(children: Int) -> Frame {
    let size = (children + 63) >> 6
    if top + size > capacity { grow(toFit: size) }
    let frame = top
    for word in frame..<frame + size { words[word] = 0 }
    top += size
    return frame
  }

  mutating func pop(to frame: Frame) { top = frame }

  @inline(__always)
  func mark(_ child: Int, in frame: Frame) { words[frame + child >> 6] |= 1 << UInt64(child & 63) }

  @inline(__always)
  func isMarked(_ child: Int, in frame: Frame) -> Bool {
    words[frame + child >> 6] & 1 << UInt64(child & 63) != 0
  }

  func markAll(_ children: Int, in frame: Frame) {
    for word in 0..<(children + 63) >> 6 { words[frame + word] = .max }
  }

  func merge(_ inner: Frame, into outer: Frame, children: Int) {
    for word in 0..<(children + 63) >> 6 { words[outer + word] |= words[inner + word] }
  }

  private mutating func grow(toFit size: Int) {
    let larger = UnsafeMutablePointer<UInt64>.allocate(capacity: (capacity + size) * 2)
    larger.update(from: words, count: top)
    if isOnHeap { words.deallocate() }
    words = larger
    capacity = (capacity + size) * 2
    isOnHeap = true
  }
}
