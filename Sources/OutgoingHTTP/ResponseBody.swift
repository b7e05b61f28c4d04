import Locking
import ToolContracts

/// The body of a response between the thread that it arrives on and whoever reads it, who wakes that thread only where it has
/// to go on with what it left.
final class ResponseBody: Sendable {
  typealias Reply = @Sendable (ServiceAnswer) -> Void

  /// Beyond it the server waits until the plugin has read.
  private static let mostBuffered = 256 << 10

  fileprivate struct Reader {
    var room: Int
    /// What each part weighs beside its bytes; nil: there is one piece, and no parts.
    var partWeight: Int?
    let reply: Reply
  }
  fileprivate struct State {
    var buffer = BodyBuffer()
    var reader: Reader?
    /// A thread hands on what there is. A second one would overtake it.
    var isTold = false
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
    read(Reader(room: capacity, partWeight: nil, reply: reply))
  }

  /// As `read`, piece after piece as they come, without being asked in between.
  ///
  /// - Parameters:
  ///   - window: what all parts may weigh.
  ///   - partWeight: of each part, beside its bytes; less than the window.
  func stream(within window: Int, _ partWeight: Int, _ reply: @escaping Reply) -> Bool {
    read(Reader(room: window, partWeight: partWeight, reply: reply))
  }

  private func read(_ reader: Reader) -> Bool {
    let (isAlone, tells) = state.withLock { state in
      let isAlone = state.reader == nil
      if isAlone { state.reader = reader }
      return (isAlone, isAlone && state.beginToTell())
    }
    guard isAlone else {
      reader.reply(ServiceAnswer(.state))
      return false
    }
    if tells { tell() }
    return state.withLock { state in
      let hasRoomAgain = state.isFull && state.buffer.count < Self.mostBuffered / 2
      if hasRoomAgain { state.isFull = false }
      return hasRoomAgain
    }
  }

  // MARK: Of the transfer

  /// - Returns: false where there is no room; nothing was taken then, and `read` will say when to try again.
  func append(_ bytes: UnsafeRawBufferPointer, covering mask: SecretMask) -> Bool {
    let (isTaken, tells) = state.withLock { state in
      guard state.buffer.count < Self.mostBuffered else {
        state.isFull = true
        return (false, false)
      }
      state.buffer.append(bytes, covering: mask)
      return (true, state.beginToTell())
    }
    if tells { tell() }
    return isTaken
  }

  /// - Parameters:
  ///   - answer: what is said once everything was read. The first one holds.
  ///   - forgets: what was not read is not wanted.
  func end(_ answer: ServiceAnswer, forgets: Bool) {
    let tells = state.withLock { state in
      if state.end == nil { state.end = answer }
      if forgets { state.buffer = BodyBuffer() }
      state.buffer.end()
      return state.beginToTell()
    }
    if tells { tell() }
  }

  private func tell() {
    while let (reply, answer) = state.withLock({ $0.next() }) { reply(answer) }
  }
}

extension ResponseBody.State {
  fileprivate mutating func beginToTell() -> Bool {
    guard !isTold, reader != nil else { return false }
    isTold = true
    return true
  }

  /// Nil while there is nothing to say, or nobody to say it to; whoever tells is done then.
  fileprivate mutating func next() -> (ResponseBody.Reply, ServiceAnswer)? {
    guard var reader, let answer = answer(to: &reader) else {
      isTold = false
      return nil
    }
    self.reader = answer.goesOn ? reader : nil
    return (reader.reply, answer)
  }

  private mutating func answer(to reader: inout ResponseBody.Reader) -> ServiceAnswer? {
    guard !buffer.isEmpty else { return end }
    guard let weight = reader.partWeight else { return ServiceAnswer(.ok, buffer.take(atMost: reader.room)) }
    let part = buffer.take(atMost: reader.room - weight)
    reader.room -= part.count + weight
    return ServiceAnswer(.ok, part, goesOn: reader.room > weight)
  }
}
