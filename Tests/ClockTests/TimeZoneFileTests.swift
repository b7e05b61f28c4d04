import Glibc
import Testing

@testable import Clock

struct TimeZoneFileTests {
  /// A zone that went from AAA (+1) to BBB (+2) at 1000, back at 2000, and has a rule for what follows.
  private func file(rule: String = "CCC-3", types: [UInt8] = [0, 1, 0], timesCount: UInt32 = 3) -> [UInt8] {
    func number(_ value: Int64, _ bytes: Int) -> [UInt8] {
      (0..<bytes).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    func header(_ counts: [UInt32]) -> [UInt8] {
      Array("TZif2".utf8) + Array(repeating: 0, count: 15) + counts.flatMap { number(Int64($0), 4) }
    }
    let transitions = ([-100, 1000, 2000] as [Int64]).flatMap { number($0, 8) }
    let records = number(3600, 4) + [0, 0] + number(7200, 4) + [1, 4]
    return header([0, 0, 0, 0, 0, 0]) + header([0, 0, 0, timesCount, 2, 8]) + transitions + types + records
      + Array("AAA\u{0}BBB\u{0}".utf8) + Array("\n\(rule)\n".utf8)
  }

  @Test func aMomentHasTheTimeOfTheLastTransitionBeforeIt() throws {
    let zone = try #require(TimeZoneFile(file()))
    let names = ([-5000, -100, 999, 1000, 1999, 2000, 9_999_999] as [Int64]).map {
      zone.localTime(at: $0).abbreviation
    }
    #expect(names == ["AAA", "AAA", "AAA", "BBB", "BBB", "CCC", "CCC"])
    #expect(zone.localTime(at: 1500).utcOffset == 7200)
  }

  @Test func withoutARuleTheLastTransitionHoldsForEver() throws {
    #expect(try #require(TimeZoneFile(file(rule: ""))).localTime(at: 9_999_999).abbreviation == "AAA")
  }

  @Test func aFileCutAnywhereIsRefusedOrLosesItsRuleAlone() throws {
    let whole = file()
    let lengthOfData = whole.count - "\nCCC-3\n".utf8.count
    for length in 0..<lengthOfData {
      #expect(TimeZoneFile(Array(whole.prefix(length))) == nil, "\(length) bytes")
    }
    #expect(TimeZoneFile(Array(whole.prefix(lengthOfData))) != nil)
  }

  @Test func countsAndIndicesThatLieAreRefused() {
    #expect(TimeZoneFile(file(types: [0, 1, 2])) == nil)
    #expect(TimeZoneFile(file(timesCount: 0xFFFF_FFFF)) == nil)
    #expect(TimeZoneFile(file(timesCount: 0x7FFF_FFFF)) == nil)
  }

  @Test func noMutationOfAFileIsMoreThanRefused() {
    let whole = file()
    for position in whole.indices {
      for value in [0, 0x7F, 0x80, 0xFF] as [UInt8] {
        var mutated = whole
        mutated[position] = value
        let zone = TimeZoneFile(mutated)
        for moment in [.min, -1, 1500, 1 << 40] as [Int64] { _ = zone?.localTime(at: moment) }
      }
    }
  }

  /// The database says the years up to 2037 twice, as transitions and as a rule: an oracle that we did not write.
  @Test func theRulesAgreeWithTheTransitionsOfTheRealDatabase() throws {
    var disagreements: [String] = []
    for name in [
      "Europe/Berlin", "Europe/Dublin", "America/New_York", "Australia/Sydney", "America/Santiago",
      "Asia/Jerusalem", "Africa/Cairo", "Pacific/Chatham", "America/Nuuk", "America/Havana",
      "Europe/Chisinau",
    ] {
      let zone = try #require(TimeZoneDatabase.system.zone(named: name), "tzdata is not installed")
      let rule = try #require(zone.rule)
      // From 2030 to 2037, every 30 minutes around every hour at which clocks change somewhere.
      for moment in stride(from: 1_893_456_000 as Int64, to: 2_114_380_800, by: 1800)
      where zone.localTime(at: moment) != rule.localTime(at: moment) {
        disagreements.append("\(name) at \(moment)")
      }
    }
    #expect(disagreements.isEmpty)
  }
}
