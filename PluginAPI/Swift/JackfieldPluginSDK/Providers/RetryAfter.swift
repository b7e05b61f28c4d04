internal import Glibc

/// When a server wants to be asked again, in the forms in which servers say so.
enum RetryAfter {
  /// - Parameter header: of the answer, by its name in lower case.
  /// - Returns: nil where the server says nothing that can be read.
  static func wait(_ header: (String) -> String?) -> Duration? {
    if let text = header("retry-after-ms"), let milliseconds = number(text, atMost: 1000 * longest) {
      return .nanoseconds(Int64(milliseconds * 1e6))
    }
    guard let text = header("retry-after") else { return nil }
    if let seconds = number(text, atMost: longest) { return .nanoseconds(Int64(seconds * 1e9)) }
    guard let then = HTTPDate(text) else { return nil }
    // By the server's own clock, where it tells it.
    let now = header("date").flatMap { HTTPDate($0) }?.seconds ?? Int64(time(nil))
    return .seconds(max(0, then.seconds - now))
  }

  /// A year, in seconds: beyond it is no time to wait.
  private static let longest: Double = 31_536_000

  /// Not negative, and without a unit.
  private static func number(_ text: String, atMost most: Double) -> Double? {
    let text = text.drop { $0 == " " }.prefix { $0 != " " }
    guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }),
      let value = Double(text)
    else { return nil }
    return min(value, most)
  }
}

/// A date of HTTP (RFC 9110, 5.6.7) in any of its three forms.
struct HTTPDate {
  /// Since 1970, in UTC.
  let seconds: Int64

  private static let months = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
  ]

  /// - Returns: nil where the text is no such date.
  init?(_ text: String) {
    let words = text.lowercased().split { $0 == " " || $0 == "," || $0 == "-" }.map(String.init)
    // "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"
    let isOldest = words.count == 5 && words[1].first?.isNumber == false
    guard words.count == (isOldest ? 5 : 6) else { return nil }
    let (day, month, year, clock) =
      isOldest ? (words[2], words[1], words[4], words[3]) : (words[1], words[2], words[3], words[4])
    let time = clock.split(separator: ":").map { Int64($0) ?? -1 }
    guard let day = Int64(day), (1...31).contains(day), let month = Self.months.firstIndex(of: month),
      var year = Int64(year), (0...9999).contains(year), time.count == 3,
      (0...23).contains(time[0]), (0...59).contains(time[1]), (0...60).contains(time[2])
    else { return nil }
    if year < 100 { year += year < 70 ? 2000 : 1900 }
    seconds =
      Self.days(year, Int64(month) + 1, day) * 86_400 + time[0] * 3600 + time[1] * 60 + time[2]
  }

  /// Days from 1970-01-01 of the Gregorian calendar: years begin in March, so that the leap day is the last.
  private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let year = month <= 2 ? year - 1 : year
    let era = (year >= 0 ? year : year - 399) / 400
    let ofEra = year - era * 400
    let ofYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
  }
}
