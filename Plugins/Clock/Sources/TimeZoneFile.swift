/// One zone of the tz database, from a TZif file (RFC 9636) of version 2 or later.
package struct TimeZoneFile {
  private let transitions: [Int64]
  /// For each transition, the place in `types` of what holds from then on.
  private let typeAfter: [Int]
  private let types: [LocalTime]
  /// What holds after the last transition.
  let rule: TimeZoneRule?

  /// Nil for bytes that are no such file. Trusts no count in it.
  init?(_ bytes: [UInt8]) {
    var reader = BigEndianReader(bytes)
    guard let first = Header(&reader), first.version >= UInt8(ascii: "2"),
      reader.skip(first.sizeOfOldData), let header = Header(&reader), header.typeCount > 0,
      let transitions = reader.integers(header.timeCount), let indices = reader.take(header.timeCount),
      let records = reader.take(header.typeCount * 6), let names = reader.take(header.nameBytes),
      reader.skip(header.leapCount * 12 + header.standardCount + header.universalCount),
      let types = Self.types(records, names), indices.allSatisfy({ Int($0) < types.count }),
      zip(transitions, transitions.dropFirst()).allSatisfy(<)
    else { return nil }
    self.transitions = transitions
    self.typeAfter = indices.map(Int.init)
    self.types = types
    self.rule = reader.line().flatMap(TimeZoneRule.init)
  }

  static let utc = TimeZoneFile(types: [LocalTime(utcOffset: 0, abbreviation: "UTC")])

  private init(types: [LocalTime]) {
    transitions = []
    typeAfter = []
    self.types = types
    rule = nil
  }

  /// What the clocks show at a moment in seconds since 1970.
  func localTime(at seconds: Int64) -> LocalTime {
    if let rule, seconds >= transitions.last ?? .min { return rule.localTime(at: seconds) }
    let after = transitions.partitionIndex { $0 > seconds }
    return after == 0 ? types[0] : types[typeAfter[after - 1]]
  }

  private static func types(_ records: ArraySlice<UInt8>, _ names: ArraySlice<UInt8>) -> [LocalTime]? {
    var types: [LocalTime] = []
    var reader = BigEndianReader(Array(records))
    while reader.remaining >= 6 {
      guard let offset = reader.integer(4), let rest = reader.take(2), let nameAt = rest.last else {
        return nil
      }
      let name = names.dropFirst(Int(nameAt)).prefix { $0 != 0 }
      guard (-93600...93600).contains(offset), Int(nameAt) < names.count else { return nil }
      types.append(LocalTime(utcOffset: Int32(offset), abbreviation: String(decoding: name, as: UTF8.self)))
    }
    return types
  }

  private struct Header {
    let version: UInt8
    let universalCount, standardCount, leapCount, timeCount, typeCount, nameBytes: Int

    init?(_ reader: inout BigEndianReader) {
      guard let magic = reader.take(4), magic.elementsEqual("TZif".utf8), let version = reader.take(16)?.first
      else {
        return nil
      }
      var counts: [Int] = []
      for _ in 0..<6 {
        guard let count = reader.integer(4), count >= 0 else { return nil }
        counts.append(Int(count))
      }
      self.version = version
      (universalCount, standardCount, leapCount) = (counts[0], counts[1], counts[2])
      (timeCount, typeCount, nameBytes) = (counts[3], counts[4], counts[5])
    }

    /// How long the data behind the first header is: the same with times of 32 bits, for readers of version 1.
    var sizeOfOldData: Int {
      timeCount * 5 + typeCount * 6 + nameBytes + leapCount * 8 + standardCount + universalCount
    }
  }
}

/// Reads from the front of some bytes, and answers nil where they end.
private struct BigEndianReader {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) {
    rest = bytes[...]
  }

  var remaining: Int { rest.count }

  mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
    guard count <= rest.count else { return nil }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }

  mutating func skip(_ count: Int) -> Bool {
    take(count) != nil
  }

  /// A signed number of 4 or 8 bytes.
  mutating func integer(_ bytes: Int) -> Int64? {
    guard let taken = take(bytes), let first = taken.first else { return nil }
    let sign: Int64 = first & 0x80 == 0 ? 0 : -1
    return taken.reduce(sign) { $0 << 8 | Int64($1) }
  }

  mutating func integers(_ count: Int) -> [Int64]? {
    var numbers: [Int64] = []
    for _ in 0..<count {
      guard let number = integer(8) else { return nil }
      numbers.append(number)
    }
    return numbers
  }

  /// The text between two line feeds.
  mutating func line() -> String? {
    guard rest.first == UInt8(ascii: "\n") else { return nil }
    let text = rest.dropFirst().prefix { $0 != UInt8(ascii: "\n") }
    return String(decoding: text, as: UTF8.self)
  }
}

extension Array where Element == Int64 {
  /// The first index whose element, and every one behind it, satisfies the predicate.
  fileprivate func partitionIndex(_ predicate: (Int64) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if predicate(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
