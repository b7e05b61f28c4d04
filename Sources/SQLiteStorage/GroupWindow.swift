/// Decides how long the writing thread waits for callers that are about to come back, so that they share a commit.
///
/// Whoever was told that its events are safe often appends the next ones at once. A commit for the first of them alone leaves all
/// others to the one after it, and so on: twice as many commits as are needed. So after a commit the next one is held back until
/// as many have come as were told, for as long as that commit took and 2 ms at most: other processes may wait for the file. Who is
/// alone is never held back, and where callers do not come back it is tried less and less.
///
/// Holds no clock and waits for nothing. Times are nanoseconds of one clock.
struct GroupWindow {
  /// So many callers are waited for.
  private(set) var expected = 0
  private var end: Int64 = 0
  /// Of those expected, how many had come already when the commit ended.
  private var early = 0
  /// How often in a row nobody came, up to a limit, and how many commits are not waited after because of that.
  private var disappointments = 0
  private var pause = 0
  private static let maxDisappointments = 6
  private static let maxNanoseconds: Int64 = 2_000_000

  /// - Parameters:
  ///   - told: the callers that have waited for the commit.
  ///   - waiting: those that came while it was made.
  mutating func committed(telling told: Int, waiting: Int, from start: Int64, to end: Int64) {
    judge(told)
    expected = 0
    if pause > 0 {
      pause -= 1
    } else if told + waiting > 1 {
      (early, expected) = (waiting, told + waiting)
      self.end = end + min(max(0, end - start), GroupWindow.maxNanoseconds)
    }
  }

  /// So many that writing can begin while the others come.
  var half: Int { (expected + 1) / 2 }

  /// - Returns: for how long at most; nil: not at all.
  func nanosecondsToWait(now: Int64) -> Int64? { expected > 0 && now < end ? end - now : nil }

  /// Whether it was worth while to wait.
  private mutating func judge(_ told: Int) {
    guard expected > 0 else { return }
    if 2 * (told - early) >= expected - early {
      disappointments = 0
    } else {
      pause = 1 << disappointments
      disappointments = min(disappointments + 1, GroupWindow.maxDisappointments)
    }
  }
}
