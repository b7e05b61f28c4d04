import Storage
import Testing
import ToolContracts

@testable import SQLiteStorage

/// What the writing thread is woken by, and what it finds then.
struct JournalInboxTests {
  private static func batch(
    of number: Int64, _ kind: JournalEvent.Kind = .agentStarted, isAwaited: Bool = false
  ) -> JournalInbox.Batch {
    let events = [event(kind, in: run(number))]
    guard isAwaited else { return JournalInbox.Batch(events: events, answer: nil) }
    return JournalInbox.Batch(events: events) { _ in }
  }

  private func inbox(callers: Int = 0, traces: Int = 0) -> JournalInbox {
    var inbox = JournalInbox()
    for number in 0..<(callers + traces) {
      inbox.batches.append(Self.batch(of: Int64(number), isAwaited: number < callers))
      inbox.eventCount += 1
    }
    inbox.awaitedCount = callers
    return inbox
  }

  @Test func whoWaitsForCallersIsWokenByAsManyAndNotByTraces() {
    var inbox = inbox(callers: 2, traces: 9)
    inbox.alarm = .callers(3)
    #expect(!inbox.wakesWriter())
    inbox.awaitedCount += 1
    #expect(inbox.wakesWriter())
    inbox.awaitedCount = 0
    inbox.isClosed = true
    #expect(inbox.wakesWriter())
  }

  @Test func whoWaitsForAnythingIsWokenByATrace() {
    #expect(!inbox().wakesWriter())
    #expect(inbox(traces: 1).wakesWriter())
  }

  @Test func whatComesWhileOneHalfIsWrittenGoesWithIt() throws {
    var inbox = inbox(callers: 2)
    let first = inbox.take()
    var work = try #require(first)
    let nothing = inbox.take(into: &work)
    #expect(nothing?.batches == nil && inbox.unwrittenCount == 2)
    inbox.batches.append(Self.batch(of: 7, isAwaited: true))
    (inbox.eventCount, inbox.awaitedCount) = (1, 1)
    let more = inbox.take(into: &work)
    #expect(more?.batches.flatMap(\.self).map(\.run) == [run(7)])
    #expect(work.batches.count == 3 && work.awaitedCount == 3)
    // Until it is written, who reads one of them waits for it.
    #expect(inbox.hasUnwritten(run(7)) && inbox.hasUnwritten(run(0)) && inbox.unwrittenCount == 3)
    inbox.written()
    #expect(!inbox.hasUnwritten(run(7)) && inbox.unwrittenCount == 0)
  }

  @Test func tracesThatCouldNotBeWrittenComeBeforeWhatFollows() throws {
    var inbox = inbox(traces: 1)
    let taken = inbox.take()
    let lost = inbox.delay(try #require(taken).batches)
    #expect(lost.isEmpty && inbox.unwrittenCount == 1)
    inbox.batches.append(Self.batch(of: 0, .agentFinished))
    inbox.eventCount = 1
    let both = inbox.take()
    let next = try #require(both)
    #expect(next.batches.flatMap(\.events).map(\.kind) == [.agentStarted, .agentFinished])
    // Who ends keeps nothing for later.
    inbox.isClosed = true
    let left = inbox.delay(next.batches)
    #expect(left.count == 2)
  }
}
