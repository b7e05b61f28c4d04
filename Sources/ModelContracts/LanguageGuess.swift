/// Which language a text is in, by its script and its commonest words. Cheap, and no more than a guess.
package enum LanguageGuess {
  private static let words: [(language: String, words: Set<Substring>)] = [
    (
      "en",
      ["the", "and", "is", "are", "of", "to", "what", "how", "you", "please", "it", "this", "with", "my"]
    ),
    (
      "de",
      ["der", "die", "das", "und", "ist", "nicht", "wie", "was", "ein", "eine", "ich", "bitte", "mit", "den"]
    ),
    (
      "fr",
      ["le", "la", "les", "et", "est", "une", "des", "que", "je", "vous", "dans", "pour", "quel", "pas"]
    ),
    ("es", ["el", "los", "las", "es", "una", "que", "por", "con", "cómo", "qué", "para", "está", "mi", "y"]),
    (
      "it", ["il", "gli", "è", "una", "che", "per", "con", "non", "come", "sono", "di", "mi", "quale", "del"]
    ),
    ("pt", ["o", "os", "as", "é", "uma", "que", "para", "com", "não", "como", "você", "eu", "do", "da"]),
    (
      "nl", ["de", "het", "een", "en", "niet", "wat", "hoe", "ik", "met", "voor", "van", "zijn", "dat", "op"]
    ),
  ]

  /// - Returns: nil where nothing speaks for one language more than for another.
  package static func language(of text: String) -> String? {
    // A question's beginning says enough.
    let beginning = text.prefix(2000)
    if let language = languageOfScript(beginning) { return language }
    let found = beginning.lowercased().split { !$0.isLetter }
    let scores = words.map { entry in (entry.language, found.count { entry.words.contains($0) }) }
    let best = scores.max { $0.1 < $1.1 }
    guard let best, best.1 > 0, scores.count(where: { $0.1 == best.1 }) == 1 else { return nil }
    return best.0
  }

  private static func languageOfScript(_ text: Substring) -> String? {
    var counts: [String: Int] = [:]
    var letters = 0
    for scalar in text.unicodeScalars where scalar.properties.isAlphabetic {
      letters += 1
      if let language = language(of: scalar) { counts[language, default: 0] += 1 }
    }
    // Japanese is written with Chinese characters too.
    if let kana = counts["ja"], let han = counts["zh"], kana * 10 > han { counts["ja"] = kana + han }
    guard let best = counts.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }), best.value * 2 > letters
    else { return nil }
    return best.key
  }

  private static func language(of scalar: Unicode.Scalar) -> String? {
    switch scalar.value {
    case 0x0370..<0x0400: "el"
    case 0x0400..<0x0530: "ru"
    case 0x0590..<0x0600: "he"
    case 0x0600..<0x0700: "ar"
    case 0x0900..<0x0980: "hi"
    case 0x0E00..<0x0E80: "th"
    case 0x3040..<0x3100: "ja"
    case 0x4E00..<0xA000: "zh"
    case 0xAC00..<0xD7A4: "ko"
    default: nil
    }
  }
}
