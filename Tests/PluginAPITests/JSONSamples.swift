import JackfieldPluginSDK

/// A `Codable` type of every shape, and values of them by chance.
enum JSONSamples {
  enum Color: String, Codable, CaseIterable { case red, green, veryBlue = "very blue" }
  enum Level: Int8, Codable, CaseIterable { case low = -1, high = 100 }
  enum Shape: Codable, Equatable { case circle(radius: Double), square(Int), point }

  struct Scalars: Codable, Equatable {
    var text: String
    var flag: Bool
    var small: Int8
    var int: Int
    var unsigned: UInt64
    var byte: UInt8
    var double: Double
    var float: Float
  }

  struct Nested: Codable, Equatable {
    var scalars: [Scalars]
    var byName: [String: Scalars?]
    var grid: [[Int?]]
    var color: Color?
    var level: Level
    var shape: Shape
    var counts: [Int: String]
    var any: JSONValue
  }

  /// Encodes itself by hand: nested containers, written in turn, and a list of several types.
  struct ByHand: Codable, Equatable {
    var left: [Int]
    var right: [String]
    var mixed: String
    private enum Key: String, CodingKey { case inner, mixed, left, right }

    init(left: [Int], right: [String], mixed: String) {
      (self.left, self.right, self.mixed) = (left, right, mixed)
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Key.self)
      let inner = try container.nestedContainer(keyedBy: Key.self, forKey: .inner)
      right = try inner.decode([String].self, forKey: .right)
      left = try inner.decode([Int].self, forKey: .left)
      var list = try container.nestedUnkeyedContainer(forKey: .mixed)
      guard try list.decodeNil(), try !list.decodeNil() else { throw ByHandError() }
      mixed = try list.decode(String.self)
      var numbers = try list.nestedUnkeyedContainer()
      guard try numbers.decode(UInt16.self) == 7, numbers.isAtEnd, list.currentIndex == 3 else {
        throw ByHandError()
      }
      guard try list.decodeIfPresent(Double.self) == 0.5, list.isAtEnd else { throw ByHandError() }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Key.self)
      var inner = container.nestedContainer(keyedBy: Key.self, forKey: .inner)
      var list = container.nestedUnkeyedContainer(forKey: .mixed)
      // Back and forth, as no text is written.
      try list.encodeNil()
      try inner.encode(left, forKey: .left)
      try list.encode(mixed)
      var numbers = list.nestedUnkeyedContainer()
      try inner.encode(right, forKey: .right)
      try numbers.encode(UInt16(7))
      try list.encode(0.5)
    }

    struct ByHandError: Error {}
  }

  class Animal: Codable {
    var name = ""
    init(name: String) { self.name = name }
  }

  final class Dog: Animal {
    var tricks: [String] = []
    private enum Key: CodingKey { case tricks }

    init(name: String, tricks: [String]) {
      super.init(name: name)
      self.tricks = tricks
    }

    required init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Key.self)
      tricks = try container.decode([String].self, forKey: .tricks)
      try super.init(from: container.superDecoder())
    }

    override func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Key.self)
      try super.encode(to: container.superEncoder())
      try container.encode(tricks, forKey: .tricks)
    }
  }
}

/// A generator of the same numbers for the same seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func text() -> String {
    let pieces = [
      "", "a", "plain words", "\"", "\\", "/", "\n\t\r\u{8}\u{c}", "\u{0}\u{1f}\u{7f}", "é", "日本", "😀",
      "\u{2028}\u{2029}\u{2027}", "a long text that has no place in sixteen bytes",
    ]
    return (0..<Int.random(in: 0...3, using: &self)).map { _ in pieces.randomElement(using: &self) ?? "" }
      .joined()
  }

  mutating func double() -> Double {
    switch Int.random(in: 0...5, using: &self) {
    case 0: Double(Int.random(in: -1000...1000, using: &self))
    case 1: Double(Int.random(in: -100_000...100_000, using: &self)) / 100
    case 2: Double.random(in: -1e-5...1e-5, using: &self)
    case 3:
      [
        0, -0.0, 1e16, 9_007_199_254_740_994, .leastNonzeroMagnitude, .greatestFiniteMagnitude,
        .leastNormalMagnitude, 1e21,
      ]
      .randomElement(using: &self) ?? 0
    default: nextFinite()
    }
  }

  private mutating func nextFinite() -> Double {
    while true {
      let value = Double(bitPattern: next())
      if value.isFinite { return value }
    }
  }

  mutating func scalars() -> JSONSamples.Scalars {
    JSONSamples.Scalars(
      text: text(), flag: Bool.random(using: &self), small: Int8.random(in: .min ... .max, using: &self),
      int: Int.random(in: .min ... .max, using: &self) >> Int.random(in: 0...63, using: &self),
      unsigned: next(),
      byte: UInt8.random(in: 0...255, using: &self), double: double(),
      float: Float(sign: .minus, exponent: 3, significand: 1.1))
  }

  mutating func nested() -> JSONSamples.Nested {
    JSONSamples.Nested(
      scalars: (0..<Int.random(in: 0...3, using: &self)).map { _ in scalars() },
      byName: Dictionary(
        (0..<Int.random(in: 0...4, using: &self)).map { _ in
          (text(), Bool.random(using: &self) ? scalars() : nil)
        }
      ) { first, _ in first },
      grid: (0..<Int.random(in: 0...3, using: &self)).map { row in (0..<row).map { $0 == 1 ? nil : $0 } },
      color: Bool.random(using: &self) ? JSONSamples.Color.allCases.randomElement(using: &self) : nil,
      level: JSONSamples.Level.allCases.randomElement(using: &self) ?? .low,
      shape: [.circle(radius: double()), .square(3), .point].randomElement(using: &self) ?? .point,
      counts: [1: text(), -20: text()], any: value(depth: 3))
  }

  mutating func value(depth: Int) -> JSONValue {
    switch Int.random(in: 0...(depth > 0 ? 6 : 4), using: &self) {
    case 0: return .null
    case 1: return .bool(Bool.random(using: &self))
    case 2: return .integer(Int64.random(in: .min ... .max, using: &self))
    // One that is no integer: those come back as such.
    case 3: return .number(Double(Int.random(in: 0...1000, using: &self)) + 0.25)
    case 4: return .string(text())
    case 5: return .array((0..<Int.random(in: 0...4, using: &self)).map { _ in value(depth: depth - 1) })
    default:
      return .object(
        Dictionary((0..<Int.random(in: 0...4, using: &self)).map { _ in (text(), value(depth: depth - 1)) }) {
          first, _ in first
        })
    }
  }
}
