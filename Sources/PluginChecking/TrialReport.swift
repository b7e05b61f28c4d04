/// What jackfield-check wrote; sandbox/checking/check.c has the format. The plugin ran in that process, so this is read as
/// carefully as any other input.
struct TrialReport {
  /// Where it was last.
  private(set) var place = "loading"
  private(set) var findings: [Finding] = []
  private(set) var measures: [String: Int64] = [:]
  private(set) var answers: [(function: UInt32, json: ArraySlice<UInt8>)] = []
  /// Everything was tried.
  private(set) var isWhole = false
  /// A line that no jackfield-check writes.
  private(set) var isNonsense = false

  init(parsing bytes: [UInt8]) {
    var rest = bytes[...]
    while !isNonsense, let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      let line = String(decoding: rest[..<end], as: UTF8.self)
      rest = rest[(end + 1)...]
      take(line, &rest)
    }
  }

  private mutating func take(_ line: String, _ rest: inout ArraySlice<UInt8>) {
    let words = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    switch (words.first, words.count) {
    case ("at", 2): place = words[1]
    case ("finding", 2): isNonsense = !takeFinding(words[1])
    case ("measure", 2): isNonsense = !takeMeasure(words[1])
    case ("answer", 2): isNonsense = !takeAnswer(words[1], &rest)
    case ("end", 1): isWhole = true
    default: isNonsense = true
    }
  }

  private mutating func takeFinding(_ text: String) -> Bool {
    let fields = text.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    guard fields.count == 3, let rule = Rule(rawValue: fields[0]) else { return false }
    findings.append(Finding(rule, at: fields[1], fields[2]))
    return true
  }

  private mutating func takeMeasure(_ text: String) -> Bool {
    let fields = text.split(separator: " ")
    guard fields.count == 2, let value = Int64(fields[1]) else { return false }
    measures[String(fields[0])] = value
    return true
  }

  private mutating func takeAnswer(_ text: String, _ rest: inout ArraySlice<UInt8>) -> Bool {
    let fields = text.split(separator: " ")
    guard fields.count == 2, let function = UInt32(fields[0]), let count = Int(fields[1]), count >= 0,
      count < rest.count
    else { return false }
    answers.append((function, rest.prefix(count)))
    rest = rest.dropFirst(count + 1)
    return true
  }
}
