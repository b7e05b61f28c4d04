/// RFC 5893: labels of a name that has right-to-left letters must not be readable two ways.
enum BidirectionalRule {
  private enum Direction { case left, right, europeanDigit, arabicDigit, mark, neutral }

  static func isRightToLeft(_ scalar: Unicode.Scalar) -> Bool {
    let direction = direction(of: scalar)
    return direction == .right || direction == .arabicDigit
  }

  static func allows(_ label: [Unicode.Scalar]) -> Bool {
    let directions = label.map(direction(of:))
    let last = directions.last { $0 != .mark }
    switch directions.first {
    case .right:
      let hasBothDigits = directions.contains(.europeanDigit) && directions.contains(.arabicDigit)
      return !directions.contains(.left) && !hasBothDigits
        && (last == .right || last == .europeanDigit || last == .arabicDigit)
    case .left:
      return !directions.contains(.right) && !directions.contains(.arabicDigit)
        && (last == .left || last == .europeanDigit)
    default: return false
    }
  }

  /// Exact for what a label may contain at all.
  private static func direction(of scalar: Unicode.Scalar) -> Direction {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark: return .mark
    default: break
    }
    switch scalar.value {
    case 0x30...0x39, 0x6F0...0x6F9: return .europeanDigit
    case 0x660...0x669, 0x66B, 0x66C, 0x6DD, 0x10D30...0x10D39: return .arabicDigit
    case 0x2D, 0xB7, 0x375, 0x200C, 0x200D, 0x30FB: return .neutral
    case 0x590...0x8FF, 0xFB1D...0xFDFF, 0xFE70...0xFEFF, 0x10800...0x10FFF, 0x1E800...0x1EFFF: return .right
    default: return .left
    }
  }
}
