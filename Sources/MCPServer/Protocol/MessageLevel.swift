/// How important a message is, as syslog grades it.
enum MessageLevel: String, Sendable, CaseIterable, Comparable {
  case debug, info, notice, warning, error, critical, alert, emergency

  static func < (left: MessageLevel, right: MessageLevel) -> Bool { left.rank < right.rank }

  private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
