import JackfieldPluginSDK
import Testing

@testable import Clock

struct NowTests {
  /// 2026-11-20 23:05:00 UTC, a Friday.
  private let clock = Now(zones: .system) { 1_795_215_900 }

  @Test func withoutAZoneItTellsUTC() throws {
    #expect(
      try clock.call(Now.Input())
        == Now.Output(
          time: "2026-11-20T23:05:00+00:00", weekday: "Friday", timezone: "UTC", abbreviation: "UTC",
          unixSeconds: 1_795_215_900))
  }

  @Test(arguments: [
    ("Europe/Berlin", "2026-11-21T00:05:00+01:00", "Saturday", "CET"),
    ("America/New_York", "2026-11-20T18:05:00-05:00", "Friday", "EST"),
    ("Asia/Kolkata", "2026-11-21T04:35:00+05:30", "Saturday", "IST"),
    ("Asia/Kathmandu", "2026-11-21T04:50:00+05:45", "Saturday", "+0545"),
    ("Pacific/Chatham", "2026-11-21T12:50:00+13:45", "Saturday", "+1345"),
    ("America/Argentina/Buenos_Aires", "2026-11-20T20:05:00-03:00", "Friday", "-03"),
    ("Etc/GMT+5", "2026-11-20T18:05:00-05:00", "Friday", "-05"),
    ("EST5EDT", "2026-11-20T18:05:00-05:00", "Friday", "EST"),
  ])
  func aZoneHasItsLocalTime(zone: String, time: String, weekday: String, abbreviation: String) throws {
    let now = try clock.now(in: zone)
    #expect(now.time == time && now.weekday == weekday && now.abbreviation == abbreviation)
    #expect(now.timezone == zone && now.unixSeconds == 1_795_215_900)
  }

  @Test(arguments: [
    ("europe/berlin", "Europe/Berlin"), ("Europe/Brelin", "Europe/Berlin"), ("Berlin", "Europe/Berlin"),
    ("new york", "America/New_York"), ("America/New York", "America/New_York"), ("utc", "UTC"),
    ("Asia/Calcuta", "Asia/Calcutta"),
  ])
  func anUnknownZoneNamesTheOneThatWasMeant(wrong: String, right: String) {
    let error = #expect(throws: ToolError.self) { try clock.now(in: wrong) }
    #expect(error?.message == "unknown time zone; did you mean \"\(right)\"?")
  }

  @Test(arguments: [
    "", "/", "../../../etc/passwd", "Europe/../Europe/Berlin", "/etc/localtime", "Europe//Berlin",
    "Europe/Berlin/",
    "Europe", "./UTC", "zone.tab", "tzdata.zi", "leapseconds", "localtime", "posix/UTC", "right/UTC",
    "posixrules",
    "Europe/Berlin\u{0}", "Europe/Berlin\n", "Mars/Phobos", "Ünïcode", String(repeating: "A", count: 100_000),
    "A/B/C/D", "-1",
  ])
  func whatIsNoZoneIsRefusedAndLeavesTheFolderAlone(name: String) {
    let error = #expect(throws: ToolError.self) { try clock.now(in: name) }
    #expect(error?.message.hasPrefix("unknown time zone") == true)
  }

  @Test func withoutADatabaseThereIsStillUTC() throws {
    let clock = Now(zones: TimeZoneDatabase(folder: "/no/such/folder")) { 0 }
    #expect(try clock.now(in: "UTC").time == "1970-01-01T00:00:00+00:00")
    #expect(throws: ToolError("unknown time zone; give an IANA name such as Europe/Berlin")) {
      try clock.now(in: "Europe/Berlin")
    }
  }
}

extension Now {
  fileprivate func call(_ input: Input) throws(ToolError) -> Output { try now(in: input.timezone ?? "UTC") }
}
