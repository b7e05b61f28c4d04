import ToolContracts

extension PromptsManifest {
  /// - Parameter file: passed the schema of its kind.
  init(_ file: ManifestFile) throws(ManifestError) {
    self.file = file.path
    prompts = try ManifestCursor(file).required("prompts").members().map {
      name, prompt throws(ManifestError) in
      try PromptManifest(name, prompt, in: file)
    }
  }
}

extension PromptManifest {
  fileprivate init(_ name: String, _ value: ManifestCursor, in file: ManifestFile) throws(ManifestError) {
    self.name = name
    location = value.location
    title = try value.text("title")
    description = try value.text("description")
    icons = try value.list("icons").map { icon throws(ManifestError) in
      try Icon(icon)
    }
    let arguments = try (value.optional("arguments")?.members() ?? []).map {
      name, argument throws(ManifestError) in try Argument(name, argument)
    }
    self.arguments = arguments
    messages = try value.required("messages").elements().map { message throws(ManifestError) in
      try Message(message, arguments: arguments.map(\.name), in: file)
    }
  }
}

extension PromptManifest.Icon {
  fileprivate init(_ value: ManifestCursor) throws(ManifestError) {
    source = try value.required("src").text()
    mimeType = try value.text("mime_type")
    sizes = try value.texts("sizes")
    theme = try value.text("theme")
  }
}

extension PromptManifest.Argument {
  fileprivate init(_ name: String, _ value: ManifestCursor) throws(ManifestError) {
    self.name = name
    title = try value.text("title")
    description = try value.text("description")
    isRequired = try value.optional("required")?.bool() ?? false
    values = try value.texts("values")
  }
}

extension PromptManifest.Message {
  fileprivate init(
    _ value: ManifestCursor, arguments: [String], in file: ManifestFile
  ) throws(ManifestError) {
    role = try value.required("role").choice(Role.self)
    if let image = value.optional("image") {
      let path = try image.required("file")
      content = .image(
        try ManifestFile.contents(
          of: ManifestFile.resolve(try path.text(), from: file.path), askedFor: path.location),
        mimeType: try image.required("mime_type").text())
    } else if let resource = value.optional("resource") {
      content = .resource(
        uri: try resource.required("uri").text(), mimeType: try resource.text("mime_type"),
        text: try resource.required("text").template(of: arguments))
    } else {
      content = .text(try value.required("text").template(of: arguments))
    }
  }
}

extension ManifestCursor {
  /// A text in which every blank is one of `names`.
  fileprivate func template(of names: [String]) throws(ManifestError) -> String {
    let text = try text()
    for name in TextTemplate(text).names where !names.contains(name) {
      throw ManifestError(
        .unknownVariable, at: location,
        "the prompt has no argument '\(name)' for the blank {{\(name)}}\(hint(name, names))")
    }
    return text
  }
}
