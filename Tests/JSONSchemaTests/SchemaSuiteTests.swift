import JSONSchema
import Testing

@Suite struct SchemaSuiteTests {
  @Test(arguments: [
    ("draft7", SchemaDialect.draft07, 927), ("draft2019-09", .draft201909, 1259),
    ("draft2020-12", .draft202012, 1299),
  ])
  func everyRequiredCaseOfTheSuiteHasItsVerdict(folder: String, dialect: SchemaDialect, count: Int) throws {
    guard let suite = try SchemaSuite() else { return }
    let outcome = try suite.run(folder, options: SchemaOptions(defaultDialect: dialect))
    #expect(outcome.failures == [])
    #expect(outcome.total == count)
  }

  /// Draft 07 lets a validator look inside encoded strings; here `contentEncoding` and `contentMediaType` only annotate,
  /// as the later drafts have it.
  static let notAsserted = [
    "content.json: validation of string-encoded content based on media type: an invalid JSON document: should be invalid",
    "content.json: validation of binary string-encoding: an invalid base64 string (% is not a valid character): "
      + "should be invalid",
    "content.json: validation of binary-encoded media type documents: a validly-encoded invalid JSON document: "
      + "should be invalid",
    "content.json: validation of binary-encoded media type documents: an invalid base64 string that is valid JSON: "
      + "should be invalid",
  ]

  @Test(arguments: [
    ("draft7", SchemaDialect.draft07, 118), ("draft2019-09", .draft201909, 158),
    ("draft2020-12", .draft202012, 162),
  ])
  func optionalCasesHaveTheirVerdictButForEncodedContent(folder: String, dialect: SchemaDialect, count: Int)
    throws
  {
    guard let suite = try SchemaSuite() else { return }
    let outcome = try suite.run(folder + "/optional", options: SchemaOptions(defaultDialect: dialect))
    #expect(outcome.failures == (dialect == .draft07 ? Self.notAsserted : []))
    #expect(outcome.total == count)
  }

  @Test(arguments: [
    ("draft7", SchemaDialect.draft07, 676), ("draft2019-09", .draft201909, 757),
    ("draft2020-12", .draft202012, 764),
  ])
  func everyFormatCaseHasItsVerdictWhenFormatsAreAsserted(folder: String, dialect: SchemaDialect, count: Int)
    throws
  {
    guard let suite = try SchemaSuite() else { return }
    let options = SchemaOptions(assertsFormat: true, defaultDialect: dialect)
    let outcome = try suite.run(folder + "/optional/format", options: options)
    #expect(outcome.failures == [])
    #expect(outcome.total == count)
  }
}
