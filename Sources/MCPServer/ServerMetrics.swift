import Telemetry

/// The counters of this server. Looked up once.
struct ServerMetrics: Sendable {
  let requests: Counter
  let rejected: Counter
  let refusedCalls: Counter
  let cancelled: Counter
  let strayResponses: Counter

  init(_ metrics: Metrics) {
    requests = metrics.counter("jackfield_mcp_requests_total")
    rejected = metrics.counter("jackfield_mcp_rejected_messages_total")
    refusedCalls = metrics.counter("jackfield_mcp_refused_calls_total")
    cancelled = metrics.counter("jackfield_mcp_cancelled_requests_total")
    strayResponses = metrics.counter("jackfield_mcp_stray_responses_total")
  }
}
