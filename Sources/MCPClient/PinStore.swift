import Glibc
import JSONCodec
package import ToolContracts

/// What people approved: the descriptions of each server's tools, a file for each tenant and server. Whatever keeps a file
/// from being read as it was written denies; only a file that is not there means that the server is new.
package struct PinStore: Sendable {
  private static let maxBytes: Int64 = 64 << 20

  private let root: String

  /// - Parameter root: belongs to the host. Made where it is missing.
  package init(root: String) { self.root = root }

  /// - Returns: nil for a server that is new to the tenant.
  package func pins(of server: String, for tenant: TenantID) throws(PinFailure) -> [OfferedTool]? {
    let path = path(of: server, for: tenant)
    guard let bytes = try contents(of: path) else { return nil }
    let value: JSONValue
    do { value = try JSONValue(parsing: bytes, limits: .strict) } catch {
      throw PinFailure("\(path) is not JSON: \(error.message)")
    }
    guard value["version"]?.int == 1, let entries = value["tools"]?.array else {
      throw PinFailure("\(path) is no file of pins")
    }
    return try entries.map { entry throws(PinFailure) in
      guard let tool = entry["tool"].flatMap({ OfferedTool($0) }), let digest = tool.digest,
        digest == entry["digest"]?.string
      else { throw PinFailure("\(path) has a description that is not the one it was written with") }
      return tool
    }
  }

  /// Whether something was approved of it, readable or not.
  package func knows(_ server: String, for tenant: TenantID) -> Bool {
    access(path(of: server, for: tenant), F_OK) == 0
  }

  /// For the first time.
  ///
  /// - Returns: false where somebody else was first; then nothing was written.
  package func create(_ tools: [OfferedTool], of server: String, for tenant: TenantID) throws(PinFailure)
    -> Bool
  {
    let path = path(of: server, for: tenant)
    let temporary = try writeTemporary(tools, beside: path, for: tenant)
    defer { unlink(temporary) }
    guard link(temporary, path) != 0 else { return true }
    guard errno == EEXIST else { throw PinFailure("\(path): \(textOfError())") }
    return false
  }

  package func replace(_ tools: [OfferedTool], of server: String, for tenant: TenantID) throws(PinFailure) {
    let path = path(of: server, for: tenant)
    let temporary = try writeTemporary(tools, beside: path, for: tenant)
    guard rename(temporary, path) == 0 else {
      let reason = textOfError()
      unlink(temporary)
      throw PinFailure("\(path): \(reason)")
    }
    sync(folder(for: tenant))
  }

  // MARK: Files

  private func folder(for tenant: TenantID) -> String { "\(root)/\(tenant)" }
  private func path(of server: String, for tenant: TenantID) -> String {
    "\(folder(for: tenant))/\(server).json"
  }

  private func contents(of path: String) throws(PinFailure) -> [UInt8]? {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard file >= 0 else {
      if errno == ENOENT { return nil }
      throw PinFailure("\(path): \(textOfError())")
    }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid(),
      status.st_mode & (S_IWGRP | S_IWOTH) == 0, status.st_size <= Self.maxBytes
    else { throw PinFailure("\(path) is not a file that only this user can have written") }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    var count = 0
    while count < bytes.count {
      let step = bytes.withUnsafeMutableBytes { read(file, $0.baseAddress! + count, $0.count - count) }
      if step < 0, errno == EINTR { continue }
      guard step > 0 else { throw PinFailure("\(path) cannot be read to its end") }
      count += step
    }
    return bytes
  }

  private func writeTemporary(
    _ tools: [OfferedTool], beside path: String, for tenant: TenantID
  ) throws(PinFailure) -> String {
    for folder in [root, folder(for: tenant)] where mkdir(folder, 0o700) < 0 && errno != EEXIST {
      throw PinFailure("\(folder): \(textOfError())")
    }
    let temporary = "\(path).\(getpid())"
    unlink(temporary)
    let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard file >= 0 else { throw PinFailure("\(temporary): \(textOfError())") }
    defer { close(file) }
    var rest = text(of: tools)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw givenUp(temporary) }
      rest = rest.dropFirst(count)
    }
    guard fsync(file) == 0 else { throw givenUp(temporary) }
    return temporary
  }

  private func givenUp(_ temporary: String) -> PinFailure {
    let reason = textOfError()
    unlink(temporary)
    return PinFailure("\(temporary): \(reason)")
  }

  /// After a power failure the old file or the new one is there, whole; without this it may be the old one.
  private func sync(_ folder: String) {
    let directory = open(folder, O_RDONLY | O_CLOEXEC | O_DIRECTORY)
    guard directory >= 0 else { return }
    fsync(directory)
    close(directory)
  }

  private func text(of tools: [OfferedTool]) -> [UInt8] {
    let entries = tools.sorted { $0.name < $1.name }.compactMap { tool in
      tool.digest.map { digest -> JSONValue in ["digest": .string(digest), "tool": tool.json] }
    }
    let value: JSONValue = ["version": 1, "tools": .array(entries)]
    return value.serialized(indentation: 1) + [UInt8(ascii: "\n")]
  }
}

/// Why pins cannot be read or written. For operators: names files.
package struct PinFailure: Error, Sendable, Equatable {
  package let message: String
  init(_ message: String) { self.message = message }
}

private func textOfError() -> String { String(cString: strerror(errno)) }
