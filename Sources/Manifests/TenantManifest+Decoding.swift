import JSONCodec
import JSONSchema
import ModelContracts
import ToolContracts

extension TenantManifest {
  /// - Parameter file: passed the schema of its kind.
  init(_ file: ManifestFile, variables: ManifestVariables) throws(ManifestErrors) {
    let root = ManifestCursor(file)
    self.file = file.path
    var enablements: [PluginEnablement] = []
    var errors: [ManifestError] = []
    do {
      let name = try root.required("name")
      self.name = try name.tenant()
      nameLocation = name.location
      for (id, value) in try root.required("plugins").members() {
        do { enablements.append(try PluginEnablement(id, value, in: file, variables: variables)) } catch {
          errors += error.errors
        }
      }
      tools =
        try root.optional("tools").map { tools throws(ManifestError) in
          try tools.members().map { name, limits throws(ManifestError) in try ToolSettings(name, limits) }
        } ?? []
      budgets = try BudgetPolicy(root.optional("budgets"))
      let models = root.optional("models")
      breaker = try BreakerPolicy(models?.optional("circuit_breaker"))
      retryBudget = try RetryBudgetPolicy(models?.optional("retry_budget"))
      answers = try AnswerBounds(models?.optional("cache"))
      flows = try NameReference.all(root.optional("flows"))
      prompts = try NameReference.all(root.optional("prompts"))
    } catch { throw ManifestErrors([error]) }
    guard errors.isEmpty else { throw ManifestErrors(errors) }
    plugins = enablements
  }
}

extension NameReference {
  fileprivate static func all(_ list: ManifestCursor?) throws(ManifestError) -> [NameReference] {
    try (list?.elements() ?? []).map { name throws(ManifestError) in
      NameReference(name: try name.text(), location: name.location)
    }
  }
}

extension PluginEnablement {
  fileprivate init(
    _ id: String, _ value: ManifestCursor, in manifest: ManifestFile, variables: ManifestVariables
  ) throws(ManifestErrors) {
    self.id = id
    location = value.location
    do {
      functions = try value.optional("functions").map { functions throws(ManifestError) in
        try functions.elements().map { name throws(ManifestError) in
          PatternReference(pattern: NamePattern(try name.text()), location: name.location)
        }
      }
      secrets = try (value.optional("secrets")?.members() ?? []).map { name, source throws(ManifestError) in
        SecretReference(name: name, source: try SecretSource(source, in: manifest), location: source.location)
      }
      services = try ServiceGrants(value.optional("services"), secrets: secrets.map(\.name), in: manifest)
      isolation = try IsolationSettings(of: value, in: manifest, variables: variables)
    } catch { throw ManifestErrors([error]) }
    configurationSource = try ConfigurationSource(of: value, in: manifest, variables: variables)
    configuration = configurationSource.node?.json ?? .object(JSONObject())
  }
}

extension ConfigurationSource {
  fileprivate init(
    of plugin: ManifestCursor, in manifest: ManifestFile, variables: ManifestVariables
  ) throws(ManifestErrors) {
    switch (plugin.optional("config"), plugin.optional("config_file")) {
    case (nil, nil): self.init(node: nil, start: plugin.location)
    case (let inline?, nil):
      let written = ConfigurationSource(node: inline.node, start: inline.location)
      do {
        let expanded = try inline.node.mapStrings { text, pointer throws(ManifestError) in
          try variables.expand(text, at: written.location(of: pointer))
        }
        self.init(node: expanded, start: inline.location)
      } catch { throw ManifestErrors([error]) }
    case (nil, let path?):
      let name: String
      do { name = ManifestFile.resolve(try path.text(), from: manifest.path) } catch {
        throw ManifestErrors([error])
      }
      let file = try ManifestFile(reading: name, askedFor: path.location)
      let start = ManifestCursor(file)
      guard case .object = file.root.content else {
        throw ManifestErrors([start.mismatch("a mapping of keys to values")])
      }
      self.init(node: file.root, start: start.location)
    case (_?, let path?):
      throw ManifestErrors([
        ManifestError(.conflictingKeys, at: path.location, "give either 'config' or 'config_file', not both")
      ])
    }
  }
}

extension ToolSettings {
  fileprivate init(_ name: String, _ limits: ManifestCursor) throws(ManifestError) {
    guard let tool = ToolName(name) else {
      throw limits.mismatch("a tool's name as key, such as calc.evaluate")
    }
    self.tool = tool
    self.limits = try LimitOverrides(limits)
    var repair: RepairOptions = []
    for way in try limits.optional("repair")?.elements() ?? [] { repair.formUnion(try RepairOptions(way)) }
    self.repair = repair
    approval = try ApprovalSettings(limits.optional("approval"))
    location = limits.location
  }
}

extension ApprovalSettings {
  private static let standardExpiry: Int64 = 86_400_000_000_000

  /// - Parameter value: `always`, or an object.
  fileprivate init?(_ value: ManifestCursor?) throws(ManifestError) {
    guard let value else { return nil }
    location = value.location
    if value.string != nil {
      (condition, expiresNanoseconds) = (nil, Self.standardExpiry)
      return
    }
    condition = value.optional("when")?.node.json
    expiresNanoseconds = try value.optional("expires")?.nanoseconds() ?? Self.standardExpiry
  }
}

extension RepairOptions {
  fileprivate init(_ value: ManifestCursor) throws(ManifestError) {
    switch try value.text() {
    case "coerce": self = .coerceScalars
    case "wrap": self = .wrapSingleValues
    case "fill_defaults": self = .fillDefaults
    case "drop_unknown": self = .dropUnknownKeys
    default: throw value.mismatch("coerce, wrap, fill_defaults or drop_unknown")
    }
  }
}
