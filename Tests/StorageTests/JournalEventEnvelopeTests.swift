import JSONCodec
import Storage
import Testing
import ToolContracts

struct JournalEventEnvelopeTests {
  private let event = JournalEvent(
    time: 1_700_000_000_000_000_000, tenant: TenantID("acme")!, run: RunID(milliseconds: 1, randomness: 1),
    turn: 2,
    agent: "triage", kind: .toolFinished, step: 3,
    data: Array(#"{"tool":"x.y","error":{"code":"denied","message":"no"},"detail":"/srv/secret"}"#.utf8))

  private func written(for reader: JournalEvent.Reader) throws -> JSONView {
    var writer = JSONWriter()
    event.write(to: &writer, for: reader)
    return try JSONDocument(parsing: writer.bytes).root
  }

  @Test func theOperatorSeesEverythingAndTheTenantAllButTheDetail() throws {
    #expect(try written(for: .operator)["data"]?["detail"]?.string == "/srv/secret")
    let forTenant = try written(for: .tenant)
    #expect(forTenant["data"]?["detail"] == nil)
    #expect(forTenant["data"]?["error"]?["code"]?.string == "denied")
    #expect(forTenant["ts"]?.string == "2023-11-14T22:13:20.000Z")
    #expect(forTenant["call_id"]?.string == "\(event.run)/3")
  }
}
