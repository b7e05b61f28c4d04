import Testing

@testable import Clock

struct TimeZoneRuleTests {
  private let cet = LocalTime(utcOffset: 3600, abbreviation: "CET")
  private let cest = LocalTime(utcOffset: 7200, abbreviation: "CEST")

  @Test func theClocksChangeAtTheSecondTheRuleSays() throws {
    let berlin = try #require(TimeZoneRule("CET-1CEST,M3.5.0,M10.5.0/3"))
    // 2050-03-27 and 2050-10-30, at 01:00 UTC.
    #expect(berlin.localTime(at: 2_531_955_599) == cet)
    #expect(berlin.localTime(at: 2_531_955_600) == cest)
    #expect(berlin.localTime(at: 2_550_704_399) == cest)
    #expect(berlin.localTime(at: 2_550_704_400) == cet)
  }

  @Test func southOfTheEquatorTheYearBeginsInSummer() throws {
    let sydney = try #require(TimeZoneRule("AEST-10AEDT,M10.1.0,M4.1.0/3"))
    // 2050-01-01, 2050-07-01, 2050-12-31, at noon UTC.
    #expect(sydney.localTime(at: 2_524_651_200).abbreviation == "AEDT")
    #expect(sydney.localTime(at: 2_540_289_600).abbreviation == "AEST")
    #expect(sydney.localTime(at: 2_556_100_800).abbreviation == "AEDT")
  }

  @Test func daysOfTheYearCountWithAndWithoutTheLeapDay() throws {
    let leapless = try #require(TimeZoneRule("AAA0BBB,J60/0,J365/0"))
    let counted = try #require(TimeZoneRule("AAA0BBB,60/0,364/0"))
    // March 1 of 2048, a leap year, and of 2049; before them AAA, from then on BBB.
    for march in [2_466_633_600, 2_498_169_600] as [Int64] {
      #expect(leapless.localTime(at: march - 1).abbreviation == "AAA")
      #expect(leapless.localTime(at: march).abbreviation == "BBB")
    }
    #expect(counted.localTime(at: 2_466_633_599).abbreviation == "AAA")
    #expect(counted.localTime(at: 2_466_633_600).abbreviation == "BBB")
    #expect(counted.localTime(at: 2_498_169_600).abbreviation == "AAA")
    #expect(counted.localTime(at: 2_498_256_000).abbreviation == "BBB")
  }

  @Test func offsetsNamesAndTimesComeInEveryNotation() throws {
    #expect(
      try #require(TimeZoneRule("<+0545>-5:45")).localTime(at: 0)
        == .init(utcOffset: 20_700, abbreviation: "+0545"))
    #expect(
      try #require(TimeZoneRule("XYZ+1:02:03")).localTime(at: 0)
        == .init(utcOffset: -3723, abbreviation: "XYZ"))
    #expect(TimeZoneRule("<-02>2<-01>,M3.5.0/-1,M10.5.0/0") != nil)
    #expect(TimeZoneRule("IST-1GMT0,M10.5.0,M3.5.0/1") != nil)
  }

  @Test(arguments: [
    "", "C", "CET", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.6.0,M10.5.0",
    "CET-1CEST,M3.5.7,M10.5.0", "CET-99", "CET-1 ", "<CET-1", "CET-1CEST,J0,J9",
    "CET-1CEST,M3.5.0/168,M10.5.0",
    "CET-1CEST,M3.5.0,M10.5.0,", "CET-1:60", "CET-99999999999999999999",
  ])
  func whatIsNoRuleIsRefused(text: String) {
    #expect(TimeZoneRule(text) == nil)
  }
}
