package import Telemetry

/// What is tolerated is counted.
package struct ClientCounts: Sendable {
  /// Lines that are no message: banners, prints, JSON that is no JSON-RPC.
  package let strayLines: Counter
  /// Answers to nothing that was asked, or that nobody waits for any more.
  package let unknownAnswers: Counter
  /// Progress of no running call.
  package let unknownProgress: Counter
  /// Requests of the server's own, all declined but `ping`.
  package let declinedRequests: Counter
  package let listChanges: Counter
  package let listings: Counter
  package let starts: Counter
  package let errorLines: Counter

  package init(_ metrics: Metrics, server: String) {
    func counter(_ name: String) -> Counter { metrics.counter("mcp_client_\(name)", ["server": server]) }
    strayLines = counter("stray_lines_total")
    unknownAnswers = counter("unknown_answers_total")
    unknownProgress = counter("unknown_progress_total")
    declinedRequests = counter("declined_requests_total")
    listChanges = counter("list_changes_total")
    listings = counter("listings_total")
    starts = counter("starts_total")
    errorLines = counter("stderr_lines_total")
  }
}
