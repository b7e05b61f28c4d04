import ModelContracts
import Testing

struct MoneyTests {
  @Test(arguments: [
    ("0", 0), ("12", 12_000_000_000_000), ("0.075", 75_000_000_000), ("1.000000000001", 1_000_000_000_001),
    ("9223372.036854775807", Int64.max), ("0007", 7_000_000_000_000),
  ])
  func isReadDigitByDigit(_ text: String, _ trillionths: Int64) {
    #expect(Money(text)?.trillionths == trillionths)
  }

  @Test(arguments: [
    "", ".", ".5", "5.", "-1", "+1", "1e3", "1,5", " 1", "1 ", "0.0000000000001", "9223372.036854775808",
    "12345678", "1.2.3", "٣",
  ])
  func nothingElseIsAnAmount(_ text: String) { #expect(Money(text) == nil) }

  @Test(arguments: ["0", "12", "0.075", "1.000000000001", "9223372.036854775807", "0.1"])
  func isWrittenAsItIsRead(_ text: String) { #expect(Money(text)?.description == text) }

  @Test func whatIsTooMuchStaysTooMuch() {
    #expect(Money.greatest + Money(trillionths: 1) == .greatest)
    #expect(Money(trillionths: .max / 2).times(3) == .greatest)
    #expect(Money(trillionths: -5) == .zero)
    #expect(Money(trillionths: 5).times(-1) == .zero)
  }
}

struct CivilDayTests {
  @Test(arguments: [
    ("1970-01-01", 0), ("1969-12-31", -1), ("2000-02-29", 11_016), ("2000-03-01", 11_017),
    ("2026-11-21", 20_778), ("2100-02-28", 47_540), ("2100-03-01", 47_541),
  ])
  func isTheDayOfTheCalendar(_ text: String, _ days: Int64) {
    #expect(CivilDay(text)?.days == days)
    #expect(CivilDay(days: days).description == text)
  }

  @Test(arguments: ["2026-02-29", "2026-13-01", "2026-00-10", "2026-1-01", "26-01-01", "2026-04-31", "", "x"])
  func nothingElseIsADay(_ text: String) { #expect(CivilDay(text) == nil) }

  @Test func aDayEndsAtMidnight() {
    #expect(CivilDay(wallClock: 86_399_999_999_999).description == "1970-01-01")
    #expect(CivilDay(wallClock: 86_400_000_000_000).description == "1970-01-02")
    #expect(CivilDay(wallClock: -1).description == "1969-12-31")
    #expect(CivilDay(days: 1).wallClock == 86_400_000_000_000)
  }

  @Test func everyDayOfFourCenturiesComesBack() {
    for days in Int64(-150_000)...150_000 {
      let day = CivilDay(days: days)
      #expect(CivilDay(day.description) == day)
    }
  }
}
