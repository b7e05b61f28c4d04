import ToolContracts

extension HostManifest {
  /// - Parameter file: passed the schema of its kind.
  init(_ file: ManifestFile, variables: ManifestVariables) throws(ManifestError) {
    let root = ManifestCursor(file)
    self.file = file.path
    plugins = try root.required("plugins").members().map { id, value throws(ManifestError) in
      try PluginReference(id, value, in: file, variables: variables)
    }
    mcpServers =
      try root.optional("mcp_servers").map { servers throws(ManifestError) in
        try servers.members().map { name, value throws(ManifestError) in
          try MCPServerReference(name, value, in: file, variables: variables)
        }
      } ?? []
    pluginPath = try root.optional("plugin_path").map { paths throws(ManifestError) in
      try paths.elements().map { path throws(ManifestError) in
        ManifestFile.resolve(try path.text(), from: file.path)
      }
    }
    tenants = try FileReference.all(root.required("tenants"), in: file)
    flows =
      try root.optional("flows").map { list throws(ManifestError) in
        try FileReference.all(list, in: file)
      } ?? []
    prices = try root.optional("prices").map { path throws(ManifestError) in
      FileReference(
        path: ManifestFile.resolve(try path.text(), from: file.path), location: path.location)
    }
    prompts =
      try root.optional("prompts").map { list throws(ManifestError) in
        try FileReference.all(list, in: file)
      } ?? []
    defaultTenant = try root.optional("default_tenant").map { name throws(ManifestError) in
      TenantReference(tenant: try name.tenant(), location: name.location)
    }
    defaults =
      try root.optional("defaults").map { limits throws(ManifestError) in
        try LimitOverrides(limits)
      } ?? LimitOverrides()
    journal =
      try root.optional("journal").map { journal throws(ManifestError) in
        try JournalSettings(journal, in: file, variables: variables)
      } ?? JournalSettings()
    runs =
      try root.optional("runs").map { runs throws(ManifestError) in try RunSettings(runs) } ?? RunSettings()
    let http = root.optional("http")
    privateOrigins = Set(
      try http.map { http throws(ManifestError) in
        try http.list("private_origins").map { origin throws(ManifestError) in try HTTPOrigin(origin) }
      } ?? [])
    authorities = try http?.optional("ca_file").map(file.certificates)
  }
}

extension PluginReference {
  fileprivate init(
    _ id: String, _ value: ManifestCursor, in manifest: ManifestFile, variables: ManifestVariables
  ) throws(ManifestError) {
    self.id = id
    location = value.location
    isolation = try IsolationSettings(of: value, in: manifest, variables: variables)
    file = try value.optional("file").map { file throws(ManifestError) in
      ManifestFile.resolve(try file.text(), from: manifest.path)
    }
  }
}

extension FileReference {
  fileprivate static func all(
    _ list: ManifestCursor, in manifest: ManifestFile
  ) throws(ManifestError) -> [FileReference] {
    try list.elements().map { path throws(ManifestError) in
      FileReference(path: ManifestFile.resolve(try path.text(), from: manifest.path), location: path.location)
    }
  }
}

extension JournalSettings {
  fileprivate init(
    _ value: ManifestCursor, in manifest: ManifestFile, variables: ManifestVariables
  ) throws(ManifestError) {
    self.init(
      store: try value.optional("store").map { store throws(ManifestError) in try store.choice(Store.self) }
        ?? .sqlite,
      file: try value.optional("file").map { file throws(ManifestError) in
        ManifestFile.resolve(try variables.expand(try file.text(), at: file.location), from: manifest.path)
      })
  }
}

extension RunSettings {
  fileprivate init(_ value: ManifestCursor) throws(ManifestError) {
    self.init(
      onStart: try value.optional("on_start").map { choice throws(ManifestError) in
        try choice.choice(OnStart.self)
      } ?? .resume,
      keepNanoseconds: try value.optional("keep").map { keep throws(ManifestError) in
        try keep.nanoseconds()
      },
      keepAtMost: try value.optional("keep_at_most").map { count throws(ManifestError) in
        try count.integer()
      },
      keepAtMostBytes: try value.optional("keep_at_most_bytes").map { bytes throws(ManifestError) in
        try bytes.integer()
      },
      lookEveryNanoseconds: try value.optional("look_every").map { pause throws(ManifestError) in
        try pause.nanoseconds()
      } ?? RunSettings.lookEveryNanoseconds)
  }
}
