/// How one external server is started and how long it is waited for.
package struct ServerSettings: Sendable {
  /// The plugin id that its tools have.
  package var name: String
  /// Absolute, or relative to this process's working directory.
  package var program: String
  package var arguments: [String]
  /// All of its environment: `NAME=value`.
  package var environment: [String]
  /// Its working directory.
  package var folder: String
  /// `jackfield-guard`.
  package var guardProgram: String
  /// For the answer to `server/discover`.
  package var probeNanoseconds: Int64
  /// For each later step of a start: the handshake, a page of tools.
  package var startNanoseconds: Int64
  /// What it is told of this host.
  package var client: ClientIdentity
  /// Between the end of its input and SIGTERM, and between that and SIGKILL.
  package var graceMilliseconds: Int64

  package init(
    name: String, program: String, arguments: [String] = [], environment: [String] = [], folder: String,
    guardProgram: String, client: ClientIdentity, probeNanoseconds: Int64 = 2_000_000_000,
    startNanoseconds: Int64 = 10_000_000_000,
    graceMilliseconds: Int64 = 2000
  ) {
    self.name = name
    self.program = program
    self.arguments = arguments
    self.environment = environment
    self.folder = folder
    self.guardProgram = guardProgram
    self.client = client
    self.probeNanoseconds = probeNanoseconds
    self.startNanoseconds = startNanoseconds
    self.graceMilliseconds = graceMilliseconds
  }
}
