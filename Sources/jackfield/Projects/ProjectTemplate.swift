import ToolContracts

/// What `plugin new` makes a project of: files of `PluginAPI/project`, with the plugin's id in them.
struct ProjectTemplate {
  enum Language: String, CaseIterable {
    case swift, c, cpp, rust

    /// The file that is the plugin.
    var source: String {
      switch self {
      case .swift: "Plugin.swift"
      case .c: "plugin.c"
      case .cpp: "plugin.cpp"
      case .rust: "plugin.rs"
      }
    }
    /// Whether the descriptor is a file of its own; the Swift SDK makes it of the types.
    var hasDescriptor: Bool { self != .swift }
  }
  enum Kind: String, CaseIterable {
    case tool, provider
  }

  let language: Language
  let kind: Kind
  let id: String

  /// - Throws: where the id is none that a plugin could have.
  init(_ language: Language, _ kind: Kind, id: String) throws(CommandFailure) {
    let longest = 32
    let isAllowed = id.utf8.allSatisfy {
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        || $0 == UInt8(ascii: "-")
    }
    guard isAllowed, !id.isEmpty, id.utf8.count <= longest, !id.hasPrefix("-"), id != "flow" else {
      throw .usage(
        "the folder's name is the plugin's id: 1 to \(longest) of a-z, 0-9 and -, and not flow; \(id) is none"
      )
    }
    (self.language, self.kind, self.id) = (language, kind, id)
  }

  /// Folders of the templates, from the most general one on.
  private var parts: [String] {
    let described = language.hasDescriptor ? ["described-\(kind.rawValue)"] : []
    return ["all", kind.rawValue] + described + [language.rawValue, "\(language.rawValue)-\(kind.rawValue)"]
  }

  /// Makes the project.
  ///
  /// - Parameter folder: not there yet, or empty.
  /// - Returns: the files that were made, by name.
  func write(to folder: String, from sdk: PluginSDK) throws(CommandFailure) -> [String] {
    guard Files.entries(of: folder)?.isEmpty ?? true else {
      throw CommandFailure("exists", "\(folder) is there already, and not empty", .usage)
    }
    try Files.makeFolder(folder)
    var made: [String] = []
    for part in parts {
      let source = "\(sdk.folder)/project/\(part)"
      guard let names = Files.entries(of: source) else {
        throw CommandFailure("sdk_not_found", "there is no \(source): \(sdk.folder) is not whole", .failed)
      }
      for name in names {
        let text = String(decoding: try Files.read("\(source)/\(name)"), as: UTF8.self)
        let target = name == "gitignore" ? ".gitignore" : name
        try Files.write(
          Array(filled(text).utf8), to: "\(folder)/\(target)", isExecutable: name.hasSuffix(".sh"))
        made.append(target)
      }
    }
    return made.sorted()
  }

  private func filled(_ text: String) -> String {
    let described =
      language.hasDescriptor ? "in `descriptor.json`" : "by the types in `\(language.source)`"
    let values = ["id": id, "source": language.source, "described": described]
    return TextTemplate(text).filledIn { values[$0] }
  }
}
