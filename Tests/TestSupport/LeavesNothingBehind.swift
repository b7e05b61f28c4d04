import CSQLite
package import Testing

/// Holds a test to leaving no thread, no descriptor and no connection or statement of SQLite behind.
///
/// These belong to the process and not to a test, so this can be told only where tests run one at a time: it looks on
/// under `swift test --no-parallel`, as `scripts/test` has it, and steps aside otherwise.
package struct LeavesNothingBehind: TestTrait, SuiteTrait, TestScoping {
  package let isRecursive = true

  private static let runsOneAtATime = CommandLine.arguments.contains("--no-parallel")
  /// How long a thread may take for its last instructions.
  private static let patience = Duration.seconds(60)

  @concurrent
  package func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
  ) async throws {
    guard LeavesNothingBehind.runsOneAtATime else { return try await function() }
    try await prepareWhatLastsAsLongAsTheProcess()
    let before = Holdings.now()
    // What a test throws is told before what it then could not give back.
    let result: Result<Void, any Error>
    do {
      try await function()
      result = .success(())
    } catch {
      result = .failure(error)
    }
    for left in try await added(since: before) {
      Issue.record("left behind: \(left)", sourceLocation: test.sourceLocation)
    }
    try result.get()
  }

  private func added(since before: Holdings) async throws -> [String] {
    let end = ContinuousClock.now + LeavesNothingBehind.patience
    while true {
      let added = Holdings.now().added(since: before)
      if added.isEmpty || ContinuousClock.now > end { return added }
      try await Task.sleep(for: .milliseconds(1))
    }
  }

  /// Timers of tasks, and SQLite's own tables.
  private func prepareWhatLastsAsLongAsTheProcess() async throws {
    try await Task.sleep(for: .milliseconds(1), clock: .continuous)
    try await Task.sleep(for: .milliseconds(1), clock: .suspending)
    sqlite3_initialize()
  }
}

extension Trait where Self == LeavesNothingBehind {
  package static var leavesNothingBehind: LeavesNothingBehind { LeavesNothingBehind() }
}
