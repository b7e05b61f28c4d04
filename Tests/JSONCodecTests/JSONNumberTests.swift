import JSONCodec
import Testing

@Suite struct JSONNumberTests {
  private func view(_ text: String) throws -> JSONView { try JSONDocument(parsing: text).root }

  @Test(
    arguments: [
      ("0", 0), ("-0", 0), ("1", 1), ("-1", -1), ("123456789", 123_456_789), ("-123456789", -123_456_789),
      ("1234567890", 1_234_567_890), ("9223372036854775807", .max), ("-9223372036854775808", .min),
      ("1.0", 1),
      ("1e2", 100), ("1.5e1", 15), ("100e-2", 1), ("0e99999999999999999999", 0), ("0.00", 0),
      ("12.300e1", 123),
      ("922337203685477580700e-2", .max), ("-0.9223372036854775808e19", .min), ("1E+3", 1000), ("10.00", 10),
    ] as [(String, Int64)])
  func integersAreExactHoweverTheyAreWritten(text: String, value: Int64) throws {
    #expect(try view(text).int == value)
    #expect(JSONNumber(text: text)?.int == value)
  }

  @Test(arguments: [
    "9223372036854775808", "-9223372036854775809", "1.5", "1e-1", "1e19", "1e400", "99999999999999999999",
    "0.1", "1.000000000000000005", "1e99999999999999999999",
  ])
  func whatIsNoInteger64IsNotRoundedToOne(text: String) throws {
    #expect(try view(text).int == nil)
    #expect(JSONNumber(text: text)?.int == nil)
  }

  @Test func doublesAreTheNearestOnes() throws {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<20_000 {
      let value = Double(bitPattern: generator.next())
      guard value.isFinite else { continue }
      #expect(try view(value.description).double == value)
      #expect(JSONValue.double(value).double == value)
    }
    for text in ["0.1", "12.5", "9007199254740993", "1e23", "123456789.123456789", "5e-324", "1e22", "1e-22"]
    {
      #expect(try view(text).double == Double(text))
    }
    #expect(try view("-0").double?.sign == .minus)
    #expect(try view("1e400").double == nil)
    #expect(try view("1e-400").double == 0)
    #expect(try view("1e400").numberText == "1e400")
  }

  @Test(arguments: [
    ("1", "1.0"), ("10e-1", "1"), ("0", "-0.0e5"), ("1e400", "10e399"), ("0.1", "1e-1"), ("100", "1e2"),
    ("12345678901234567890", "1234567890123456789e1"), ("-1.50", "-15e-1"),
  ])
  func numbersAreEqualWhenTheirValuesAre(left: String, right: String) throws {
    let (a, b) = (try #require(JSONNumber(text: left)), try #require(JSONNumber(text: right)))
    #expect(a == b)
    #expect(a.hashValue == b.hashValue)
  }

  @Test func comparisonIsExactBeyondDoubles() throws {
    let ascending = [
      "-1e400", "-1e19", "-9223372036854775809", "-9223372036854775808", "-2", "-1.0000000000000000001", "-1",
      "-0.1",
      "-1e-400", "0", "1e-400", "0.09", "0.1", "0.10000000000000000000001", "1", "9007199254740992",
      "9007199254740993",
      "10000000000000000000", "1e400", "1.1e400",
    ].compactMap { JSONNumber(text: $0) }
    #expect(ascending.count == 20)
    for (i, a) in ascending.enumerated() {
      for (j, b) in ascending.enumerated() {
        #expect(a.compared(to: b).signum() == (i - j).signum(), "\(a.text) \(b.text)")
        #expect((a == b) == (i == j))
      }
    }
  }

  @Test(arguments: [
    ("0.0075", "0.0001", true), ("0.00751", "0.0001", false), ("10", "2", true), ("7", "2", false),
    ("0", "3", true),
    ("4.5", "1.5", true), ("35", "1.5", false), ("1e308", "0.5", true), ("1e308", "0.123456789", false),
    ("12391239123", "1e-8", true), ("9007199254740995", "5", true), ("9007199254740993", "5", false),
    ("-6", "3", true),
    ("123456789012345678901234567890", "10", true), ("123456789012345678901234567891", "7", false),
    ("1.1", "0.1", true), ("3", "1e1", false), ("100", "1e1", true), ("1e-400", "1", false),
    ("18446744073709551616", "18446744073709551615", false),
    ("18446744073709551615", "18446744073709551615", true),
  ])
  func multiplesAreTakenInDecimal(value: String, divisor: String, expected: Bool) throws {
    let (value, divisor) = (try #require(JSONNumber(text: value)), try #require(JSONNumber(text: divisor)))
    #expect(value.withDecimal { value in divisor.withDecimal { value.isMultiple(of: $0) } } == expected)
  }

  @Test(
    arguments: [
      (0.0, "0"), (-0.0, "0"), (1, "1"), (-1.5, "-1.5"), (1e21, "1e+21"), (1e20, "100000000000000000000"),
      (1e-6, "0.000001"),
      (1e-7, "1e-7"), (1.5e-7, "1.5e-7"), (.leastNonzeroMagnitude, "5e-324"),
      (1.7976931348623157e308, "1.7976931348623157e+308"),
      (333333333.33333329, "333333333.3333333"), (0.1, "0.1"), (123456.789, "123456.789"),
      (9007199254740992, "9007199254740992"),
      (-9007199254740992, "-9007199254740992"), (2.9514790517935283e20, "295147905179352830000"),
      (1e16, "10000000000000000"),
      (0.001, "0.001"), (1.2345678901234567e19, "12345678901234567000"),
    ] as [(Double, String)])
  func doublesArePrintedAsECMAScriptPrintsThem(value: Double, text: String) {
    #expect(JSONValue.double(value).text == text)
  }

  @Test func whatIsNoNumberTextMakesNoNumber() {
    for text in ["", " 1", "1 ", "01", "+1", "0x1", "1.", "nan", "\"1\"", "1,2"] {
      #expect(JSONNumber(text: text) == nil)
    }
    #expect(JSONValue.double(.infinity) == .null)
    #expect(JSONValue.double(.nan) == .null)
  }
}
