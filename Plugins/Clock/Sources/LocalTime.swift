/// What a zone's clocks show at some moment.
struct LocalTime: Equatable {
  /// Seconds east of UTC.
  var utcOffset: Int32
  /// Such as "CET".
  var abbreviation: String

  /// "+01:00"; "Z" is left to those who mean UTC by name.
  var offsetText: String {
    let magnitude = Int64(utcOffset.magnitude)
    let seconds = magnitude % 60 == 0 ? "" : ":" + padded(magnitude % 60, 2)
    return (utcOffset < 0 ? "-" : "+") + padded(magnitude / 3600, 2) + ":" + padded(magnitude / 60 % 60, 2)
      + seconds
  }
}
