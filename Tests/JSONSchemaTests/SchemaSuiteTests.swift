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
}
