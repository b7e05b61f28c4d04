/// A day of the calendar, in UTC.
package struct CivilDay: Sendable, Hashable, Comparable, CustomStringConvertible {
  private static let nanosecondsOfDay: Int64 = 86_400_000_000_000

  /// Since 1970-01-01.
  package let days: Int64

  /// - Parameter wallClock: nanoseconds since 1970.
  package init(wallClock: Int64) {
    days = wallClock / Self.nanosecondsOfDay - (wallClock % Self.nanosecondsOfDay < 0 ? 1 : 0)
  }

  package init(days: Int64) { self.days = days }

  /// - Parameter text: `2026-01-31`.
  /// - Returns: nil for what is no day.
  package init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, parts.map(\.utf8.count) == [4, 2, 2], text.utf8.allSatisfy({ $0 < 0x3a }),
      let year = Int64(parts[0]), let month = Int64(parts[1]), let day = Int64(parts[2]), year > 0,
      (1...12).contains(month), (1...31).contains(day)
    else { return nil }
    days = Self.days(year, month, day)
    // The 31st of a month that has none is a day of the next.
    guard description == text else { return nil }
  }

  /// Its first nanosecond, since 1970; that of the first or the last day that has one, where this one has none.
  package var wallClock: Int64 {
    let (product, overflow) = days.multipliedReportingOverflow(by: Self.nanosecondsOfDay)
    return overflow ? (days < 0 ? .min : .max) : product
  }

  package static func < (left: CivilDay, right: CivilDay) -> Bool { left.days < right.days }

  /// Years begin in March here, so that the leap day is their last.
  private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  package var description: String {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let month = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * month + 2) / 5 + 1
    let calendarMonth = month < 10 ? month + 3 : month - 9
    let year = yearOfEra + era * 400 + (calendarMonth <= 2 ? 1 : 0)
    return "\(padded(year, 4))-\(padded(calendarMonth, 2))-\(padded(day, 2))"
  }

  private func padded(_ number: Int64, _ width: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
  }
}
