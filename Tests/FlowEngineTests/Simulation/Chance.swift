/// What a seed decides. SplitMix64: the same numbers on every machine and in every release.
struct Chance: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  mutating func below(_ count: Int) -> Int { Int(next() % UInt64(count)) }
  mutating func among(_ range: ClosedRange<Int>) -> Int { range.lowerBound + below(range.count) }

  /// - Parameter perMille: of a thousand times, how often.
  mutating func happens(_ perMille: Int) -> Bool { below(1000) < perMille }

  mutating func one<Element>(of elements: [Element]) -> Element { elements[below(elements.count)] }
}

/// How often what goes wrong in one seed's world, of a thousand times. Most worlds have some faults and not others: where
/// everything fails at once, nothing comes far enough to go wrong in an interesting way.
struct Habits {
  let commitIsRefused: Int
  let commitIsWrittenAndFails: Int
  let hostDiesAtCommit: Int
  let hostDiesInTool: Int
  let hostDiesAtAnyMoment: Int
  let traceIsWrittenEarly: Int
  let toolFails: Int
  let toolNeverAnswers: Int
  let toolAnswersLate: Int
  let modelFails: Int
  let modelMisbehaves: Int
  let modelAnswersLate: Int
  let runIsCancelled: Int
  let runIsTakenOver: Int

  init(_ chance: inout Chance) {
    func often(_ most: Int) -> Int { chance.happens(500) ? 0 : chance.among(1...most) }
    commitIsRefused = often(60)
    commitIsWrittenAndFails = often(40)
    hostDiesAtCommit = often(80)
    hostDiesInTool = often(150)
    hostDiesAtAnyMoment = often(10)
    traceIsWrittenEarly = often(500)
    toolFails = often(200)
    toolNeverAnswers = often(60)
    toolAnswersLate = often(300)
    modelFails = often(60)
    modelMisbehaves = often(300)
    modelAnswersLate = often(200)
    runIsCancelled = often(4)
    runIsTakenOver = often(8)
  }
}
