internal import Glibc
package import JackfieldPluginSDK

/// Finds and reads passages of a folder of Markdown.
package struct DocsPlugin: Plugin {
  package static let id = "docs"
  package static let version = "1.0.0"
  package static let functions: [Function<DocsPlugin>] = [
    .tool { Search(library: $0.library) }, .tool { Read(library: $0.library) },
  ]
  package static let configurationSchema: Schema? = .json(
    """
    {"type":"object","properties":{\
    "root":{"type":"string","minLength":1,"description":"The folder to search."},\
    "index":{"type":"string","minLength":1,"description":"Where to keep the index; in memory unless given."},\
    "extensions":{"type":"array","minItems":1,"items":{"type":"string","minLength":1},"default":["md","markdown"]},\
    "exclude":{"type":"array","items":{"type":"string","minLength":1},\
    "default":[".build",".git","node_modules"]}},\
    "required":["root"],"additionalProperties":false}
    """)

  let library: Library

  private struct Configuration: Decodable {
    var root: String
    var index: String?
    var extensions: [String]?
    var exclude: [String]?
  }

  package init(_ opening: OpenContext) throws {
    let configuration = try opening.configuration(as: Configuration.self)
    let folder = Folder(
      root: configuration.root, extensions: configuration.extensions ?? ["md", "markdown"],
      excludes: configuration.exclude ?? [".build", ".git", "node_modules"])
    do {
      library = Library(index: try SearchIndex(folder: folder, path: configuration.index), now: Self.now)
    } catch {
      throw ConfigurationError(error.message)
    }
  }

  private static func now() -> Duration {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }
}
