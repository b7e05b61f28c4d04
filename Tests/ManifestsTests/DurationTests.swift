import Manifests
import Testing

struct DurationTests {
  @Test(arguments: [
    ("200ms", 200_000_000), ("5s", 5_000_000_000), ("1m", 60_000_000_000), ("2h", 7_200_000_000_000),
  ])
  func aDurationIsANumberAndItsUnit(text: String, nanoseconds: Int64) {
    #expect(nanosecondsOfDuration(text) == nanoseconds)
  }

  @Test(arguments: [
    "", "5", "s", "0s", "-1s", "1.5s", "5 s", "1d", "5S", "9223372036854775807h", "٣s", "+1s",
  ])
  func anythingElseIsNone(text: String) { #expect(nanosecondsOfDuration(text) == nil) }
}
