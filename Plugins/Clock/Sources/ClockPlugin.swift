internal import Glibc
package import JackfieldPluginSDK

/// Tells the time, which models do not know.
package struct ClockPlugin: Plugin {
  package static let id = "clock"
  package static let version = "1.0.0"
  package static let functions: [Function<ClockPlugin>] = [
    .tool { _ in Now(zones: .system, unixSeconds: systemTime) }
  ]

  package init(_ opening: OpenContext) {}

  private static func systemTime() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Int64(now.tv_sec)
  }
}

/// The time in one zone.
package struct Now: Tool {
  package static let name = "now"
  package static let title: String? = "Clock"
  package static let description = """
    Tells the current date and time. Without a time zone it is UTC. Ask before you answer anything that depends on \
    today's date.
    """
  package static let effect = Effect.none
  package static let limits = LimitHints(timeoutMilliseconds: 1000, maxResultBytes: 4096)
  package static let examples = [Input()]

  package struct Input: Codable, Sendable, DescribedProperties {
    package var timezone: String?
    package static let propertyDescriptions = [
      "timezone": "An IANA time zone such as Europe/Berlin or America/New_York."
    ]

    package init(timezone: String? = nil) {
      self.timezone = timezone
    }
  }

  package struct Output: Codable, Sendable, Equatable, DescribedProperties {
    package var time: String
    package var weekday: String
    package var timezone: String
    package var abbreviation: String
    package var unixSeconds: Int64
    package static let propertyDescriptions = [
      "time": "ISO 8601: the local time, with its offset from UTC.",
      "abbreviation": "What the zone calls this time, such as CET.",
    ]
  }

  private let zones: TimeZoneDatabase
  private let unixSeconds: @Sendable () -> Int64

  /// - Parameter unixSeconds: What time it is.
  package init(zones: TimeZoneDatabase, unixSeconds: @escaping @Sendable () -> Int64) {
    self.zones = zones
    self.unixSeconds = unixSeconds
  }

  package func call(_ input: Input, context: CallContext) throws -> Output {
    try now(in: input.timezone ?? "UTC")
  }

  package func now(in name: String) throws(ToolError) -> Output {
    guard let zone = zones.zone(named: name) else {
      let closest = zones.closest(to: name).map { "did you mean \"\($0)\"?" }
      throw ToolError("unknown time zone; \(closest ?? "give an IANA name such as Europe/Berlin")")
    }
    let seconds = unixSeconds()
    let local = zone.localTime(at: seconds)
    let civil = CivilTime(secondsSince1970: seconds + Int64(local.utcOffset))
    return Output(
      time: civil.description + local.offsetText, weekday: civil.weekday, timezone: name,
      abbreviation: local.abbreviation, unixSeconds: seconds)
  }
}
