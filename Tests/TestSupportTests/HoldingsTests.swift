import CSQLite
import Glibc
import TestSupport
import Testing

/// What a test may leave behind is seen, and no longer seen once it is given back.
@Suite(.leavesNothingBehind) struct HoldingsTests {
  /// What has come since `before`; other tests may add to it where they run at the same time.
  private func isAdded(_ what: String, since before: Holdings) -> Bool {
    Holdings.now().added(since: before).contains { $0.contains(what) }
  }

  @Test func aThreadIsSeenUntilItHasEnded() {
    let gate = Gate()
    let before = Holdings.now()
    onNewThread { gate.wait() }
    #expect(isAdded("the thread test", since: before))
    gate.open()
    waitUntil { !isAdded("the thread test", since: before) }
  }

  @Test func aDescriptorIsSeenUntilItIsClosedEvenIfItsNumberWasUsedBefore() {
    let first = open("/dev/null", O_RDONLY)
    let before = Holdings.now()
    close(first)
    let second = open("/dev/zero", O_RDONLY)
    #expect(isAdded("descriptor \(second), open on /dev/zero", since: before))
    close(second)
    #expect(!isAdded("/dev/zero", since: before))
  }

  @Test func aPluginsFileIsKeptByDesign() throws {
    let before = Holdings.now()
    let symbol = try #require(dlsym(nil, "memfd_create"))
    let create = unsafeBitCast(
      symbol, to: (@convention(c) (UnsafePointer<CChar>, UInt32) -> Int32).self)
    let descriptor = create("jackfield-plugin:test", 0)
    defer { close(descriptor) }
    #expect(!isAdded("jackfield-plugin:test", since: before))
  }

  @Test func aStatementIsSeenUntilItIsFinalizedEvenIfItsConnectionIsClosed() {
    sqlite3_initialize()
    let before = Holdings.now()
    var connection: OpaquePointer?
    var statement: OpaquePointer?
    sqlite3_open(":memory:", &connection)
    sqlite3_prepare_v2(connection, "SELECT 1", -1, &statement, nil)
    sqlite3_close_v2(connection)
    #expect(isAdded("statement of SQLite", since: before))
    sqlite3_finalize(statement)
  }
}
