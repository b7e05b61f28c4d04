/// Appends a moment as RFC 3339 has it, in UTC, to the millisecond: `2026-01-31T09:05:00.250Z`.
///
/// - Parameter nanoseconds: since 1970; what lies before is written as 1970.
package func appendTimestamp(_ nanoseconds: Int64, to bytes: inout [UInt8]) {
  let milliseconds = max(0, nanoseconds) / 1_000_000
  let ofDay = milliseconds % 86_400_000
  let date = CivilDate(daysSince1970: milliseconds / 86_400_000)
  func append(_ number: Int64, digits: Int) {
    var rest = number
    let start = bytes.count
    for _ in 0..<digits {
      bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
      rest /= 10
    }
    bytes[start...].reverse()
  }
  append(date.year, digits: 4)
  bytes.append(UInt8(ascii: "-"))
  append(date.month, digits: 2)
  bytes.append(UInt8(ascii: "-"))
  append(date.day, digits: 2)
  bytes.append(UInt8(ascii: "T"))
  append(ofDay / 3_600_000, digits: 2)
  bytes.append(UInt8(ascii: ":"))
  append(ofDay / 60_000 % 60, digits: 2)
  bytes.append(UInt8(ascii: ":"))
  append(ofDay / 1000 % 60, digits: 2)
  bytes.append(UInt8(ascii: "."))
  append(ofDay % 1000, digits: 3)
  bytes.append(UInt8(ascii: "Z"))
}

/// A day of the Gregorian calendar.
private struct CivilDate {
  let year: Int64
  let month: Int64
  let day: Int64

  /// Counts from the first of March, so that the leap day is the last of a year.
  init(daysSince1970 days: Int64) {
    let shifted = days + 719_468  // days from 0000-03-01 to 1970-01-01
    let era = shifted / 146_097  // days of 400 years
    let ofEra = shifted % 146_097
    let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
    let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * ofYear + 2) / 153
    day = ofYear - (153 * shiftedMonth + 2) / 5 + 1
    month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }
}
