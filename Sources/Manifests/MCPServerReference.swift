/// An MCP server whose tools are those of a plugin with its name.
package struct MCPServerReference: Sendable {
  package let name: String
  /// A bare name, to be looked for on the host's PATH, or a resolved path.
  package let command: String
  package let arguments: [String]
  /// Names of variables that are passed on from the host's own environment.
  package let passedVariables: [String]
  package let setVariables: [(name: String, value: String)]
  /// Resolved.
  package let folder: String
  package let startNanoseconds: Int64
  package let probeNanoseconds: Int64
  package let location: SourceLocation

  /// What the public clients pass on to servers: enough to find programs and files, and no secret.
  static let usualVariables = ["HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER"]
  static let usualStart: Int64 = 10_000_000_000
  static let usualProbe: Int64 = 2_000_000_000
}

extension MCPServerReference {
  init(
    _ name: String, _ value: ManifestCursor, in manifest: ManifestFile, variables: ManifestVariables
  ) throws(ManifestError) {
    func expanded(_ text: ManifestCursor) throws(ManifestError) -> String {
      try variables.expand(try text.text(), at: text.location)
    }
    self.name = name
    location = value.location
    let program = try expanded(try value.required("command"))
    command = program.contains("/") ? ManifestFile.resolve(program, from: manifest.path) : program
    arguments =
      try value.optional("args").map { list throws(ManifestError) in
        try list.elements().map { text throws(ManifestError) in try expanded(text) }
      } ?? []
    passedVariables =
      try value.optional("env").map { list throws(ManifestError) in
        try list.elements().map { name throws(ManifestError) in try name.text() }
      } ?? MCPServerReference.usualVariables
    setVariables =
      try value.optional("set_env").map { object throws(ManifestError) in
        try object.members().map { name, text throws(ManifestError) in (name, try expanded(text)) }
      } ?? []
    folder =
      try value.optional("cwd").map { path throws(ManifestError) in
        ManifestFile.resolve(try expanded(path), from: manifest.path)
      } ?? ManifestFile.folder(of: manifest.path)
    startNanoseconds =
      try value.optional("start_timeout").map { time throws(ManifestError) in
        try time.nanoseconds()
      } ?? MCPServerReference.usualStart
    probeNanoseconds =
      try value.optional("probe_timeout").map { time throws(ManifestError) in
        try time.nanoseconds()
      } ?? MCPServerReference.usualProbe
  }
}
