import Calc
import Testing

struct CalculationTests {
  @Test(
    arguments: [
      ("2 + 3 * 4", 14), ("(2 + 3) * 4", 20), ("10 - 4 - 3", 3), ("100 / 10 / 5", 2), ("2 * 7 % 4", 2),
      ("-7 % 3", -1),
      ("2 ^ 3 ^ 2", 512), ("-2 ^ 2", -4), ("(-2) ^ 2", 4), ("2 ^ -1", 0.5), ("2 ** 10", 1024), ("--5", 5),
      ("-+-5", 5),
      ("3 - -4", 7), ("2 * -3", -6), ("4 / 2 * 3", 6), ("1 + 2 - 3 + 4", 4),
    ] as [(String, Double)])
  func operatorsBindAsInArithmetic(expression: String, value: Double) throws {
    #expect(try Calculation.evaluate(expression) == value)
  }

  @Test(
    arguments: [
      ("1.5", 1.5), (".5", 0.5), ("1e3", 1000), ("2.5E-1", 0.25), ("1e+2", 100), ("  42\t", 42), ("007", 7),
      ("1e-400", 0), ("9007199254740993", 9_007_199_254_740_992),
    ] as [(String, Double)])
  func numbersAreReadInEveryNotation(expression: String, value: Double) throws {
    #expect(try Calculation.evaluate(expression) == value)
  }

  @Test(
    arguments: [
      ("sqrt(16)", 4), ("abs(-3)", 3), ("min(3, 1, 2)", 1), ("max(3, 1, 2)", 3), ("round(2.5)", 3),
      ("round(-2.5)", -3),
      ("round(1.005, 2)", 1.01), ("round(2.345, 2)", 2.35), ("round(1234, -2)", 1200), ("floor(-1.5)", -2),
      ("ceil(-1.5)", -1), ("trunc(-1.5)", -1), ("ln(e)", 1), ("log10(1000)", 3), ("log2(8)", 3),
      ("log(8, 2)", 3), ("log(1000, 10)", 3), ("log(2, 4)", 0.5),
      ("exp(0)", 1), ("sin(0)", 0), ("cos(0)", 1), ("tan(0)", 0), ("atan2(0, 1)", 0), ("hypot(3, 4)", 5),
      ("pow(2, 10)", 1024), ("cbrt(27)", 3), ("sign(-9)", -1), ("SQRT(4)", 2), ("sqrt ( 4 )", 2),
      ("pi * 0", 0),
      ("tau / pi", 2), ("max(min(1, 2), sqrt(max(4, 9)))", 3), ("round(0.1 + 0.2, 15)", 0.3),
    ] as [(String, Double)])
  func functionsAndConstantsHaveTheirValues(expression: String, value: Double) throws {
    #expect(try Calculation.evaluate(expression) == value)
  }

  @Test func theSignsPeopleTypeMeanTheSame() throws {
    #expect(try Calculation.evaluate("6 × 7 − 10 ÷ 5 · 2") == 38)
    #expect(try Calculation.evaluate("2 * π") == 2 * Double.pi)
  }

  @Test(arguments: [
    ("", 1, "the end"), ("   ", 4, "the end"), ("1 +", 4, "the end"), ("1 + * 2", 5, "\"*\""),
    ("(1 + 2", 7, "the end"),
    ("1 + 2)", 6, "\")\""), ("2 3", 3, "\"3\""), ("2 (3)", 3, "\"(\""), ("1,000", 2, "\",\""),
    ("1.", 3, "the end"),
    ("1. 5", 3, "\" \""), ("sqrt 4", 6, "\"4\""), ("sqrt(4", 7, "the end"), ("min(1,)", 7, "\")\""),
    ("2 $ 3", 3, "\"$\""),
    ("1..2", 3, "\".\""), ("2e", 2, "\"e\""), ("é", 1, "\"é\""), ("×", 1, "\"×\""), ("1 = 1", 3, "\"=\""),
  ])
  func aSyntaxErrorNamesTheColumnAndWhatStandsThere(expression: String, column: Int, found: String) {
    let error = #expect(throws: CalculationError.self) { try Calculation.evaluate(expression) }
    guard case .syntax(let actualColumn, let actualFound, let expected)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(actualColumn == column)
    #expect(actualFound == found)
    #expect(!expected.isEmpty)
  }

  @Test func aMissingParenthesisSaysWhereItsPartnerIs() {
    #expect(
      throws: CalculationError.syntax(
        column: 11, found: "the end", expected: "an operator or the \")\" to the \"(\" at column 5")
    ) { try Calculation.evaluate("2 * (3 + 4") }
  }

  @Test(arguments: [
    ("1 / 0", CalculationError.divisionByZero(column: 3)), ("5 % 0", .divisionByZero(column: 3)),
    ("1 / (2 - 2)", .divisionByZero(column: 3)), ("0 ^ -1", .divisionByZero(column: 3)),
    ("1e308 * 10", .overflow(column: 7)), ("10 ^ 400", .overflow(column: 4)), ("1e400", .overflow(column: 1)),
    ("exp(1000)", .overflow(column: 1)), ("1e308 + 1e308", .overflow(column: 7)),
    ("-1e308 - 1e308", .overflow(column: 8)),
    ("1 / 1e-320", .overflow(column: 3)),
    ("nosuch(1)", .unknownName("nosuch", column: 1)), ("1 + foo", .unknownName("foo", column: 5)),
    ("(-8) ^ 0.5", .domain("a negative number has no fractional power", column: 6)),
    ("1 + sqrt(-1)", .domain("sqrt needs a number of at least 0", column: 5)),
    ("ln(0)", .domain("ln needs a number above 0", column: 1)),
    ("log(5, 1)", .domain("log needs a number and a base above 0, and a base other than 1", column: 1)),
    ("asin(2)", .domain("asin needs a number from -1 to 1", column: 1)),
    ("round(1, 0.5)", .domain("round needs whole digits from -15 to 15", column: 1)),
    ("log(5)", .wrongArgumentCount(of: "log", usage: "log(x, base)", given: 1, column: 1)),
    ("min()", .wrongArgumentCount(of: "min", usage: "min(x, …)", given: 0, column: 1)),
    ("sin(1, 2)", .wrongArgumentCount(of: "sin", usage: "sin(x)", given: 2, column: 1)),
  ])
  func whatHasNoValueSaysWhyAndWhere(expression: String, error: CalculationError) {
    #expect(throws: error) { try Calculation.evaluate(expression) }
  }

  @Test func nestingIsBoundedInEveryWayToNest() throws {
    let limit = Calculation.deepest
    #expect(try Calculation.evaluate(nested("(", ")", limit)) == 1)
    for (open, close) in [("(", ")"), ("-", ""), ("abs(", ")"), ("2^", "")] {
      let error = #expect(throws: CalculationError.self) {
        try Calculation.evaluate(nested(open, close, limit + 1))
      }
      guard case .tooDeep(limit, _)? = error else {
        Issue.record("\(open): \(String(describing: error))")
        continue
      }
    }
  }

  private func nested(_ open: String, _ close: String, _ depth: Int) -> String {
    String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
  }

  @Test func depthCountsWhatIsOpenAndNotWhatHasBeenClosed() throws {
    let many = Array(repeating: "(1)", count: 2 * Calculation.deepest).joined(separator: "+")
    #expect(try Calculation.evaluate(many) == Double(2 * Calculation.deepest))
  }

  @Test func lengthIsBounded() throws {
    let longest = String(repeating: " ", count: Calculation.longest - 1) + "1"
    #expect(try Calculation.evaluate(longest) == 1)
    #expect(throws: CalculationError.tooLong(limit: Calculation.longest)) {
      try Calculation.evaluate(longest + "1")
    }
  }

  @Test func thereIsOneZero() throws {
    #expect(try Calculation.evaluate("-0").sign == .plus)
    #expect(try Calculation.evaluate("0 * -1").sign == .plus)
  }

  @Test(
    arguments: [
      (0.1 + 0.2, "0.3"), (4, "4"), (-3, "-3"), (1e15, "1000000000000000"),
      (9_007_199_254_740_992, "9007199254740992"),
      (1e20, "1e+20"), (1.0 / 3, "0.333333333333333"), (1e-7, "1e-07"), (2.5, "2.5"),
    ] as [(Double, String)])
  func aResultIsWrittenForPeople(value: Double, text: String) {
    #expect(Calculation.text(of: value) == text)
  }

  @Test func whateverIsTypedHasAValueOrAnError() {
    var seed: UInt64 = 20_261_120
    let pieces = [
      "1", "2.5", "0", "e", "pi", "(", ")", "+", "-", "*", "/", "%", "^", ",", " ", "sqrt(", "min(", ".", "E",
      "×", "round(",
    ]
    for _ in 0..<20_000 {
      var expression = ""
      for _ in 0..<12 {
        seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        expression += pieces[Int(seed >> 33) % pieces.count]
      }
      do throws(CalculationError) {
        #expect(try Calculation.evaluate(expression).isFinite, "\(expression)")
      } catch {
        #expect(!error.message.isEmpty)
      }
    }
  }
}
