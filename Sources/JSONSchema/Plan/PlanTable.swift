/// An immutable array at a fixed address, so that validation reads it without retain counts and bounds checks.
/// The plan owns it and frees it; copies of the struct are only addresses.
struct PlanTable<Element: BitwiseCopyable>: @unchecked Sendable, BitwiseCopyable {
  // @unchecked: written in `init` only, and read until `free`, which the plan's `deinit` alone calls.
  let base: UnsafePointer<Element>
  let count: Int

  init(_ elements: [Element]) {
    let memory = UnsafeMutablePointer<Element>.allocate(capacity: max(elements.count, 1))
    elements.withUnsafeBufferPointer { source in
      if let address = source.baseAddress { memory.initialize(from: address, count: source.count) }
    }
    base = UnsafePointer(memory)
    count = elements.count
  }

  @inline(__always)
  subscript(index: Int) -> Element { base[index] }
  @inline(__always)
  subscript(index: UInt32) -> Element { base[Int(index)] }

  func free() { UnsafeMutablePointer(mutating: base).deallocate() }
}
