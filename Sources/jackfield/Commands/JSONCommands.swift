import Glibc
import JSONCodec

extension CommandSpec {
  private static let file = ArgumentSpec(
    name: "FILE", help: "JSON text, or - for stdin (the default)", isOptional: true)

  static let jsonCheck = CommandSpec(
    path: ["json", "check"], arguments: [file],
    summary: "say whether a text is JSON, and where it is not",
    discussion: "As strict as the host is with manifests and protocol messages: RFC 8259, and no key twice.",
    examples: ["jackfield json check manifest.json"],
    run: { (context) async throws(CommandFailure) in
      _ = try JSONFile.read(context.arguments.arguments.first ?? "-")
      return .ok
    })

  static let jsonCanonicalize = CommandSpec(
    path: ["json", "canonicalize"], arguments: [file],
    summary: "print the canonical form of a JSON text (RFC 8785)",
    examples: ["jackfield json canonicalize order.json | sha256sum"],
    run: { (context) async throws(CommandFailure) in
      let path = context.arguments.arguments.first ?? "-"
      let value = try JSONFile.read(path).root.value
      do throws(JSONError) {
        // Without a line end: digests are taken of exactly these bytes.
        context.console.piece(String(decoding: try value.canonical(), as: UTF8.self))
      } catch {
        throw JSONFile.failure(error, path)
      }
      return .ok
    })
}

/// A JSON text named on the command line.
enum JSONFile {
  /// - Parameter path: `-` for stdin.
  static func read(_ path: String) throws(CommandFailure) -> JSONDocument {
    let bytes = try bytes(path)
    do throws(JSONError) {
      return try JSONDocument(parsing: bytes, limits: .strict)
    } catch {
      throw failure(error, path)
    }
  }

  static func failure(_ error: JSONError, _ path: String) -> CommandFailure {
    CommandFailure(error.code.rawValue, "\(path == "-" ? "stdin" : path): \(error.message)", .findings)
  }

  private static func bytes(_ path: String) throws(CommandFailure) -> [UInt8] {
    if path == "-" { return try readAll(STDIN_FILENO) }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw CommandFailure("unreadable", "cannot read \(path): \(String(cString: strerror(errno)))", .usage)
    }
    defer { close(descriptor) }
    return try readAll(descriptor)
  }
}
