package import ToolContracts

/// What one host loads and whom it serves: `jackfield.yaml`.
package struct HostManifest: Sendable {
  package let file: String
  /// By id, in the order of the file.
  package let plugins: [PluginReference]
  /// By name, in the order of the file.
  package let mcpServers: [MCPServerReference]
  /// Resolved; nil where the manifest says nothing.
  package let pluginPath: [String]?
  package let tenants: [FileReference]
  package let flows: [FileReference]
  package let prompts: [FileReference]
  /// Nil: nobody knows what models cost.
  package let prices: FileReference?
  package let defaultTenant: TenantReference?
  package let defaults: LimitOverrides
  package let journal: JournalSettings
  package let runs: RunSettings
  /// Servers that plugins may be allowed to reach although their addresses are not public.
  package let privateOrigins: Set<HTTPOrigin>
  /// Who may have signed servers' certificates, beside those whom the system trusts, as PEM; nil: nobody.
  package let authorities: [UInt8]?

  /// Whatever a tenant can enable: plugins and MCP servers.
  package var pluginIDs: [String] { plugins.map(\.id) + mcpServers.map(\.name) }
}

/// A plugin that is to be loaded.
package struct PluginReference: Sendable {
  package let id: String
  /// Resolved; nil where it is to be looked for on the plugin path.
  package let file: String?
  package let isolation: IsolationSettings
  package let location: SourceLocation
}

/// Another file that a manifest names.
package struct FileReference: Sendable {
  /// Resolved against the folder of the manifest that names it.
  package let path: String
  package let location: SourceLocation
}

/// A name that stands for something said elsewhere.
package struct NameReference: Sendable {
  package let name: String
  package let location: SourceLocation
}

package struct TenantReference: Sendable {
  package let tenant: TenantID
  package let location: SourceLocation
}

package struct JournalSettings: Sendable, Equatable {
  package enum Store: String, Sendable {
    case sqlite
    case memory
  }
  package var store: Store
  /// Nil: `journal.sqlite` in the state folder.
  package var file: String?

  package init(store: Store = .sqlite, file: String? = nil) {
    self.store = store
    self.file = file
  }
}

/// What a host that stays does about the runs of its journal by itself.
package struct RunSettings: Sendable, Equatable {
  /// What becomes of runs that a host left unfinished.
  package enum OnStart: String, Sendable {
    case resume
    /// Nothing: they are shown to whoever looks.
    case show
  }
  package var onStart: OnStart
  /// How long after its end a run is removed; nil: never.
  package var keepNanoseconds: Int64?
  /// So many of a tenant's runs that ended are kept, those that ended last; nil: all.
  package var keepAtMost: Int?
  /// So many of them as hold so many bytes together; nil: all.
  package var keepAtMostBytes: Int?
  /// How often it is looked for what is to be done.
  package var lookEveryNanoseconds: Int64
  static let lookEveryNanoseconds: Int64 = 60_000_000_000

  package init(
    onStart: OnStart = .resume, keepNanoseconds: Int64? = nil, keepAtMost: Int? = nil,
    keepAtMostBytes: Int? = nil, lookEveryNanoseconds: Int64 = RunSettings.lookEveryNanoseconds
  ) {
    self.onStart = onStart
    self.keepNanoseconds = keepNanoseconds
    self.keepAtMost = keepAtMost
    self.keepAtMostBytes = keepAtMostBytes
    self.lookEveryNanoseconds = lookEveryNanoseconds
  }
}
