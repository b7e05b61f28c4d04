import Locking
import ToolContracts

/// The body of a response between the thread that it arrives on and whoever reads it, who wakes that thread only where it has
/// to go on with what it left.
final class ResponseBody: Sendable {
  typealias Reply = @Sendable (ServiceAnswer) -> Void

  /// Beyond it the server waits until the plugin has read.
  private static let mostBuffered = 256 << 10

  fileprivate struct State {
    var buffer = BodyBuffer()
    var reader: (capacity: Int, reply: Reply)?
    /// What is said once everything was read; nil: more may come.
    var end: ServiceAnswer?
    /// Something came for which there was no room.
    var isFull = false
  }
  private let state = Lock(State())

  // MARK: Of whoever reads

  /// - Parameter reply: gets a piece of at most `capacity` bytes, or how it ended.
  /// - Returns: whether there is room again for what there was none for. Said once.
  func read(atMost capacity: Int, _ reply: @escaping Reply) -> Bool {
    let (answer, hasRoomAgain) = state.withLock { state -> (ServiceAnswer?, Bool) in
      guard state.reader == nil else { return (ServiceAnswer(.state), false) }
      guard let answer = state.next(atMost: capacity) else {
        state.reader = (capacity, reply)
        return (nil, false)
      }
      let hasRoomAgain = state.isFull && state.buffer.count < Self.mostBuffered / 2
      if hasRoomAgain { state.isFull = false }
      return (answer, hasRoomAgain)
    }
    if let answer { reply(answer) }
    return hasRoomAgain
  }

  // MARK: Of the transfer

  /// - Returns: false where there is no room; nothing was taken then, and `read` will say when to try again.
  func append(_ bytes: UnsafeRawBufferPointer, covering mask: SecretMask) -> Bool {
    change { state in
      guard state.buffer.count < Self.mostBuffered else {
        state.isFull = true
        return false
      }
      state.buffer.append(bytes, covering: mask)
      return true
    }
  }

  /// - Parameters:
  ///   - answer: what is said once everything was read. The first one holds.
  ///   - forgets: what was not read is not wanted.
  func end(_ answer: ServiceAnswer, forgets: Bool) {
    change { state in
      if state.end == nil { state.end = answer }
      if forgets { state.buffer = BodyBuffer() }
      state.buffer.end()
    }
  }

  private func change<Result>(_ body: (inout State) -> Result) -> Result {
    let (result, reply, answer) = state.withLock { state -> (Result, Reply?, ServiceAnswer?) in
      let result = body(&state)
      guard let reader = state.reader, let answer = state.next(atMost: reader.capacity) else {
        return (result, nil, nil)
      }
      state.reader = nil
      return (result, reader.reply, answer)
    }
    if let reply, let answer { reply(answer) }
    return result
  }
}

extension ResponseBody.State {
  /// Nil while there is nothing to say.
  fileprivate mutating func next(atMost capacity: Int) -> ServiceAnswer? {
    buffer.isEmpty ? end : ServiceAnswer(.ok, buffer.take(atMost: capacity))
  }
}
