import Testing

@testable import Clock

struct CivilTimeTests {
  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00", "Thursday"), (-1, "1969-12-31T23:59:59", "Wednesday"),
      (951_782_399, "2000-02-28T23:59:59", "Monday"), (951_782_400, "2000-02-29T00:00:00", "Tuesday"),
      (4_107_542_400, "2100-03-01T00:00:00", "Monday"), (-2_203_891_200, "1900-03-01T00:00:00", "Thursday"),
      (-62_135_596_800, "0001-01-01T00:00:00", "Monday"), (253_402_300_799, "9999-12-31T23:59:59", "Friday"),
    ] as [(Int64, String, String)])
  func momentsHaveTheirDate(seconds: Int64, text: String, weekday: String) {
    let civil = CivilTime(secondsSince1970: seconds)
    #expect(civil.description == text && civil.weekday == weekday)
  }

  @Test func everyDayFollowsTheOneBefore() {
    var previous = CivilTime(secondsSince1970: -80_000 * 86400)
    for day in Int64(-79_999)...80_000 {
      let civil = CivilTime(secondsSince1970: day * 86400)
      let isNext =
        (civil.year == previous.year && civil.month == previous.month && civil.day == previous.day + 1)
        || (civil.year == previous.year && civil.month == previous.month + 1 && civil.day == 1)
        || (civil.year == previous.year + 1 && civil.month == 1 && civil.day == 1)
      if !isNext || CivilTime.days(year: civil.year, month: civil.month, day: civil.day) != day {
        Issue.record("day \(day): \(civil) after \(previous)")
      }
      previous = civil
    }
  }

  @Test(
    arguments: [(3600, "+01:00"), (-12_600, "-03:30"), (0, "+00:00"), (-75, "-00:01:15")] as [(Int32, String)]
  )
  func offsetsAreWrittenAsISOHasThem(offset: Int32, text: String) {
    #expect(LocalTime(utcOffset: offset, abbreviation: "X").offsetText == text)
  }
}
