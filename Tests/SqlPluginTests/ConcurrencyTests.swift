import PluginABI
import PluginHarness
import Testing

struct ConcurrencyTests {
  @Test func callsRunConcurrentlyWhileAnotherConnectionWrites() async throws {
    let sql = try SqlFixture()
    try sql.sample.run("PRAGMA journal_mode = WAL")
    let sample = sql.sample
    let plugin = sql.plugin
    let statuses = await withTaskGroup(of: [jf_status].self) { group in
      for _ in 0..<4 {
        group.addTask {
          (0..<25).map { _ in
            plugin.call("query", #"{"database":"sample","sql":"SELECT count(*) FROM cities"}"#).status
          }
        }
      }
      group.addTask {
        for number in 10..<40 { try? sample.run("INSERT INTO cities(id, name) VALUES (\(number), 'new')") }
        return []
      }
      return await group.reduce(into: []) { $0 += $1 }
    }
    #expect(statuses.count == 100)
    #expect(statuses.allSatisfy { $0 == jf_status(JF_OK) })
    #expect(sql.rows("SELECT count(*) FROM cities") == "[[33]]")
  }
}
