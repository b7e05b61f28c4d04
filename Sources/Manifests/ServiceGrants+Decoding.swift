import ToolContracts

extension ServiceGrants {
  /// - Parameters:
  ///   - services: the key `services` of a plugin; passed its schema.
  ///   - secrets: the names of those that the plugin has.
  ///   - file: where it was written; relative paths start at its folder.
  init(_ services: ManifestCursor?, secrets: [String], in file: ManifestFile) throws(ManifestError) {
    self.init()
    guard let services else { return }
    keyValue = try services.optional("kv").map { value throws(ManifestError) in try KeyValueGrant(value) }
    http = try services.optional("http").map { value throws(ManifestError) in
      try HTTPGrant(value, secrets: secrets, in: file)
    }
    call = try services.optional("call").map { value throws(ManifestError) in
      CallGrant(
        tools: try value.required("tools").elements().map { pattern throws(ManifestError) in
          NamePattern(try pattern.text())
        })
    }
    ask = try services.optional("ask")?.bool() ?? false
  }
}

extension KeyValueGrant {
  fileprivate init(_ value: ManifestCursor) throws(ManifestError) {
    self.init()
    if let keys = value.optional("max_keys") { maxKeys = try keys.integer() }
    if let bytes = value.optional("max_bytes") { maxBytes = try bytes.integer() }
  }
}

extension HTTPGrant {
  fileprivate init(
    _ value: ManifestCursor, secrets: [String], in file: ManifestFile
  ) throws(ManifestError) {
    self.init(
      allow: try value.required("allow").elements().map { origin throws(ManifestError) in
        for name in try origin.list("secrets") {
          guard !secrets.contains(try name.text()) else { continue }
          let text = try name.text()
          throw ManifestError(
            .unknownSecret, at: name.location,
            "the key 'secrets' of this plugin does not say where '\(text)' is\(hint(text, secrets))")
        }
        return AllowedOrigin(
          try HTTPOrigin(origin), secrets: Set(try origin.texts("secrets")),
          authorities: try origin.optional("ca_file").map(file.certificates))
      })
    if let bytes = value.optional("max_response_bytes") { maxResponseBytes = try bytes.integer() }
    if let timeout = value.optional("timeout") { timeoutNanoseconds = try timeout.nanoseconds() }
    if let most = value.optional("max_concurrent") { maxConcurrent = try most.integer() }
  }
}

extension HTTPOrigin {
  /// - Parameter value: an object with a host, and perhaps a scheme and a port.
  init(_ value: ManifestCursor) throws(ManifestError) {
    self.init(
      scheme: try value.text("scheme") ?? "https", host: try value.required("host").text(),
      port: try value.optional("port")?.integer())
  }
}

extension SecretSource {
  /// - Parameter file: where it was written; relative paths start at its folder.
  init(_ value: ManifestCursor, in file: ManifestFile) throws(ManifestError) {
    if let name = value.optional("env") {
      self = .environment(try name.text())
    } else if let path = value.optional("file") {
      self = .file(ManifestFile.resolve(try path.text(), from: file.path))
    } else {
      self = .credential(try value.required("credential").text())
    }
  }
}
