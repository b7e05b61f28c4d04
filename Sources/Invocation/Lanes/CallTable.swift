import Admission
import Locking
import Synchronization
import ToolContracts

/// The slots of all running calls. A handle is a slot's index and the generation that it had.
final class CallTable: @unchecked Sendable {
  // @unchecked: `chunks` only grows, before `slotCount` says so; slots are guarded by their own locks.
  private static let indexBits: UInt64 = 20
  private static let chunkSize = 256

  private let free = Lock<[Int]>([])
  /// Published after the chunk that it counts.
  private let slotCount = Atomic<Int>(0)
  private let chunks: UnsafeMutablePointer<UnsafeMutablePointer<CallSlot>?>
  private static let maxChunks = (1 << Int(indexBits)) / chunkSize

  init() {
    chunks = .allocate(capacity: CallTable.maxChunks)
    chunks.initialize(repeating: nil, count: CallTable.maxChunks)
  }

  // Slots are never freed: a plugin that lost count may still hold a handle. The table lives as long as its process.

  /// - Returns: a slot that is nobody else's, and its handle; nil where a million calls are running.
  func acquire() -> (slot: UnsafeMutablePointer<CallSlot>, index: Int)? {
    let index: Int? = free.withLock { free in
      if let index = free.popLast() { return index }
      let first = capacity
      let chunk = first / CallTable.chunkSize
      guard chunk < CallTable.maxChunks else { return nil }
      let slots = UnsafeMutablePointer<CallSlot>.allocate(capacity: CallTable.chunkSize)
      for offset in 0..<CallTable.chunkSize { (slots + offset).initialize(to: CallSlot()) }
      chunks[chunk] = slots
      free.append(contentsOf: (first + 1..<first + CallTable.chunkSize).reversed())
      slotCount.store(first + CallTable.chunkSize, ordering: .releasing)
      return first
    }
    guard let index else { return nil }
    return (slot(at: index), index)
  }

  /// With the slot's lock held and nobody left who uses it: makes every handle to it stale.
  func release(_ slot: UnsafeMutablePointer<CallSlot>, index: Int) {
    slot.pointee.generation += 1
    if let gate = slot.pointee.call.take()?.gate, !slot.pointee.hasLentItsPlace { gate.leave() }
    slot.pointee.hasLentItsPlace = false
    slot.pointee.lane = nil
    slot.pointee.laneWasReplaced = false
    slot.pointee.abandoned = nil
    slot.pointee.openQuestions = 0
    slot.pointee.questions = []
    slot.pointee.hasReturned = false
    slot.pointee.hasCompleted = false
    slot.pointee.keptArguments.take()?.deallocate()
    slot.pointee.attachment.take()?.deallocate()
    free.withLock { $0.append(index) }
  }

  func handle(of slot: UnsafeMutablePointer<CallSlot>, index: Int) -> CallHandle {
    CallHandle(rawValue: slot.pointee.generation << CallTable.indexBits | UInt64(index))
  }

  /// Runs `body` with the slot locked, if `handle` still means a call in it.
  func withSlot<Result>(
    _ handle: CallHandle, _ body: (UnsafeMutablePointer<CallSlot>, Int) -> Result
  ) -> Result? {
    let index = Int(handle.rawValue & ((1 << CallTable.indexBits) - 1))
    guard index < capacity else { return nil }
    let slot = slot(at: index)
    slot.pointee.lock()
    defer { slot.pointee.unlock() }
    guard slot.pointee.generation == handle.rawValue >> CallTable.indexBits, slot.pointee.call != nil else {
      return nil
    }
    return body(slot, index)
  }

  /// Handles of calls whose deadline has come. A call that settles meanwhile is found out under its lock.
  func overdue(at now: MonotonicTime) -> [CallHandle] {
    var handles: [CallHandle] = []
    for index in 0..<capacity {
      let slot = slot(at: index)
      guard slot.pointee.deadline.load(ordering: .relaxed) <= now.nanoseconds else { continue }
      slot.pointee.lock()
      if slot.pointee.continuation != nil { handles.append(handle(of: slot, index: index)) }
      slot.pointee.unlock()
    }
    return handles
  }

  /// Of the calls that are not settled; nil where none is under way.
  var nextDeadline: MonotonicTime? {
    var soonest = Int64.max
    for index in 0..<capacity {
      soonest = min(soonest, slot(at: index).pointee.deadline.load(ordering: .sequentiallyConsistent))
    }
    return soonest == .max ? nil : MonotonicTime(nanoseconds: soonest)
  }

  var capacity: Int { slotCount.load(ordering: .acquiring) }
  /// Slots in use, by calls that run and by plugins that have not come back.
  var usedCount: Int { free.withLock { capacity - $0.count } }

  private func slot(at index: Int) -> UnsafeMutablePointer<CallSlot> {
    chunks[index / CallTable.chunkSize]! + index % CallTable.chunkSize
  }
}
