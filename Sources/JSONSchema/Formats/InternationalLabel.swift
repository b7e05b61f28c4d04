/// RFC 5891 and 5892: which code points a Unicode label may have, and next to which.
enum InternationalLabel {
  static func isValid(_ label: [Unicode.Scalar]) -> Bool {
    guard let first = label.first, let last = label.last, first != "-", last != "-" else { return false }
    if label.count >= 4, label[2] == "-", label[3] == "-" { return false }
    switch first.properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark: return false
    default: break
    }
    return label.indices.allSatisfy { isAllowed(label, at: $0) }
  }

  private static func isAllowed(_ label: [Unicode.Scalar], at position: Int) -> Bool {
    let scalar = label[position]
    switch scalar.value {
    case 0xDF, 0x3C2, 0x6FD, 0x6FE, 0xF0B, 0x3007: return true
    case 0x640, 0x7FA, 0x302E, 0x302F, 0x3031...0x3035, 0x303B: return false
    case 0xB7, 0x375, 0x5F3, 0x5F4, 0x30FB, 0x660...0x669, 0x6F0...0x6F9:
      return ContextRule.allows(label, at: position)
    case 0x200C, 0x200D: return ContextRule.allowsJoiner(label, at: position)
    case 0x2D, 0x30...0x39, 0x61...0x7A: return true
    case 0..<0x80: return false
    default: return isLetterOrDigit(scalar)
    }
  }

  /// What RFC 5892 derives for code points that it does not name.
  private static func isLetterOrDigit(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    // Conjoining Hangul, and blocks whose characters are ignored.
    case 0x1100...0x11FF, 0xA960...0xA97F, 0xD7B0...0xD7FF, 0x20D0...0x20FF, 0x1D100...0x1D24F: return false
    default: break
    }
    let properties = scalar.properties
    if properties.changesWhenNFKCCaseFolded || properties.isDefaultIgnorableCodePoint { return false }
    switch properties.generalCategory {
    case .lowercaseLetter, .uppercaseLetter, .otherLetter, .modifierLetter, .decimalNumber, .nonspacingMark,
      .spacingMark:
      return true
    default: return false
    }
  }
}

/// RFC 5892 appendix A.
private enum ContextRule {
  static func allows(_ label: [Unicode.Scalar], at position: Int) -> Bool {
    let before = position > 0 ? label[position - 1] : nil
    let after = position + 1 < label.count ? label[position + 1] : nil
    switch label[position].value {
    case 0xB7: return before == "l" && after == "l"
    case 0x375: return after.map(isGreek) ?? false
    case 0x5F3, 0x5F4: return before.map(isHebrew) ?? false
    case 0x30FB: return label.contains { $0.value != 0x30FB && isJapanese($0) }
    case 0x660...0x669: return !label.contains { (0x6F0...0x6F9).contains($0.value) }
    default: return !label.contains { (0x660...0x669).contains($0.value) }
    }
  }

  static func allowsJoiner(_ label: [Unicode.Scalar], at position: Int) -> Bool {
    guard position > 0 else { return false }
    if label[position - 1].properties.canonicalCombiningClass == .virama { return true }
    guard label[position].value == 0x200C else { return false }
    let before = label[..<position].last { !JoiningType.isTransparent($0) }
    let after = label[(position + 1)...].first { !JoiningType.isTransparent($0) }
    guard let before, let after else { return false }
    return JoiningType.isDual(before) && (JoiningType.isDual(after) || JoiningType.isRight(after))
  }

  private static func isGreek(_ scalar: Unicode.Scalar) -> Bool {
    (0x370...0x3FF).contains(scalar.value) || (0x1F00...0x1FFF).contains(scalar.value)
  }

  private static func isHebrew(_ scalar: Unicode.Scalar) -> Bool {
    (0x591...0x5F4).contains(scalar.value) || (0xFB1D...0xFB4F).contains(scalar.value)
  }

  private static func isJapanese(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x3005, 0x3007, 0x3021...0x3029, 0x3038...0x303A, 0x3041...0x309F, 0x30A1...0x30FF, 0x31F0...0x31FF,
      0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x323AF:
      true
    default: false
    }
  }
}

/// Joining types of the scripts whose words are spelled with a non-joiner (Arabic, Syriac, N'Ko, Mongolian, Phags-pa);
/// a non-joiner in any other script needs a virama before it.
private enum JoiningType {
  static func isTransparent(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark: true
    case .format: scalar.value != 0x200C && scalar.value != 0x200D
    default: false
    }
  }

  static func isRight(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x622...0x625, 0x627, 0x629, 0x62F...0x632, 0x648, 0x671...0x673, 0x675...0x677, 0x688...0x699,
      0x6C0,
      0x6C3...0x6CB, 0x6CD, 0x6CF, 0x6D2, 0x6D3, 0x6D5, 0x6EE, 0x6EF, 0x710, 0x715...0x719, 0x71E, 0x728,
      0x72A,
      0x72C, 0x72F, 0x74D, 0x759...0x75B, 0x76B, 0x76C, 0x771, 0x773, 0x774, 0x778, 0x779:
      true
    default: false
    }
  }

  static func isDual(_ scalar: Unicode.Scalar) -> Bool {
    guard scalar.properties.isAlphabetic, !isTransparent(scalar), !isRight(scalar) else { return false }
    switch scalar.value {
    case 0x621, 0x674, 0x6D6...0x6DC: return false
    case 0x620...0x64A, 0x66E...0x6D3, 0x6FA...0x6FF, 0x712...0x72F, 0x74E...0x77F, 0x7CA...0x7EA,
      0x1820...0x18AA,
      0xA840...0xA871:
      return true
    default: return false
    }
  }
}
