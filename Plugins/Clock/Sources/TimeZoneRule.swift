/// What a zone does every year from now on, from a POSIX TZ string such as "CET-1CEST,M3.5.0,M10.5.0/3".
struct TimeZoneRule: Equatable {
  private let standard: LocalTime
  private let daylight: (time: LocalTime, start: Change, end: Change)?

  /// Nil for text that is no such rule.
  init?(_ text: String) {
    var scanner = RuleScanner(text)
    guard let standard = scanner.localTime(defaultOffset: nil) else { return nil }
    self.standard = standard
    guard !scanner.isAtEnd else {
      daylight = nil
      return
    }
    guard let time = scanner.localTime(defaultOffset: standard.utcOffset + 3600), scanner.skip(","),
      let start = scanner.change(), scanner.skip(","), let end = scanner.change(), scanner.isAtEnd
    else { return nil }
    daylight = (time, start, end)
  }

  static func == (left: TimeZoneRule, right: TimeZoneRule) -> Bool {
    left.standard == right.standard && left.daylight?.time == right.daylight?.time
      && left.daylight?.start == right.daylight?.start && left.daylight?.end == right.daylight?.end
  }

  func localTime(at seconds: Int64) -> LocalTime {
    guard let daylight else { return standard }
    let year = CivilTime(secondsSince1970: seconds + Int64(standard.utcOffset)).year
    // Each change is given in the time that holds before it.
    let start = daylight.start.seconds(in: year) - Int64(standard.utcOffset)
    let end = daylight.end.seconds(in: year) - Int64(daylight.time.utcOffset)
    let isDaylight =
      start < end ? (start..<end).contains(seconds) : !(end..<start).contains(seconds)
    return isDaylight ? daylight.time : standard
  }

  /// One change of the clocks.
  struct Change: Equatable {
    enum Day: Equatable {
      /// Jn: 1 to 365, without February 29.
      case withoutLeapDay(Int64)
      /// n: 0 to 365.
      case ofYear(Int64)
      /// Mm.w.d: day d (0 is a Sunday) of the w-th week of month m; week 5 is the last.
      case ofMonth(month: Int64, week: Int64, dayOfWeek: Int64)
    }

    let day: Day
    /// Seconds from midnight; may be negative, or more than a day.
    let time: Int64

    /// In local time, counted from 1970.
    func seconds(in year: Int64) -> Int64 {
      dayNumber(in: year) * 86400 + time
    }

    private func dayNumber(in year: Int64) -> Int64 {
      let newYear = CivilTime.days(year: year, month: 1, day: 1)
      switch day {
      case .withoutLeapDay(let number):
        return newYear + number - 1 + (CivilTime.isLeap(year) && number >= 60 ? 1 : 0)
      case .ofYear(let number):
        return newYear + number
      case .ofMonth(let month, let week, let dayOfWeek):
        let first = CivilTime.days(year: year, month: month, day: 1)
        let next =
          month == 12
          ? CivilTime.days(year: year + 1, month: 1, day: 1)
          : CivilTime.days(year: year, month: month + 1, day: 1)
        let firstMatch = first + floorModulo(dayOfWeek - floorModulo(first + 4, 7), 7)
        let match = firstMatch + (week - 1) * 7
        return match < next ? match : match - 7
      }
    }
  }
}

private struct RuleScanner {
  private var rest: Substring.UTF8View

  init(_ text: String) {
    rest = Substring(text).utf8
  }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard let byte = rest.first, UInt32(byte) == character.value else { return false }
    rest = rest.dropFirst()
    return true
  }

  /// A name and an offset, which POSIX counts westward.
  mutating func localTime(defaultOffset: Int32?) -> LocalTime? {
    guard let name = name() else { return nil }
    if let defaultOffset, isAtEnd || rest.first == UInt8(ascii: ",") {
      return LocalTime(utcOffset: defaultOffset, abbreviation: name)
    }
    guard let offset = time(hours: 24) else { return nil }
    return LocalTime(utcOffset: Int32(-offset), abbreviation: name)
  }

  mutating func change() -> TimeZoneRule.Change? {
    guard let day = day() else { return nil }
    guard skip("/") else { return TimeZoneRule.Change(day: day, time: 7200) }
    return time(hours: 167).map { TimeZoneRule.Change(day: day, time: $0) }
  }

  private mutating func day() -> TimeZoneRule.Change.Day? {
    if skip("J") { return number(1...365).map { .withoutLeapDay($0) } }
    guard skip("M") else { return number(0...365).map { .ofYear($0) } }
    guard let month = number(1...12), skip("."), let week = number(1...5), skip("."), let day = number(0...6)
    else {
      return nil
    }
    return .ofMonth(month: month, week: week, dayOfWeek: day)
  }

  private mutating func name() -> String? {
    if skip("<") {
      let name = take { $0 != UInt8(ascii: ">") }
      return skip(">") && name.utf8.count >= 3 ? name : nil
    }
    let name = take { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20) }
    return name.utf8.count >= 3 ? name : nil
  }

  /// [+-]hh[:mm[:ss]] in seconds.
  private mutating func time(hours limit: Int64) -> Int64? {
    let sign: Int64 = sign()
    guard var seconds = number(0...limit).map({ $0 * 3600 }) else { return nil }
    for unit: Int64 in [60, 1] where skip(":") {
      guard let part = number(0...59) else { return nil }
      seconds += part * unit
    }
    return sign * seconds
  }

  private mutating func sign() -> Int64 {
    if skip("-") { return -1 }
    _ = skip("+")
    return 1
  }

  private mutating func number(_ range: ClosedRange<Int64>) -> Int64? {
    let digits = take { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    return Int64(digits).flatMap { range.contains($0) ? $0 : nil }
  }

  private mutating func take(_ belongs: (UInt8) -> Bool) -> String {
    let taken = rest.prefix(while: belongs)
    rest = rest.dropFirst(taken.count)
    return String(Substring(taken))
  }
}
