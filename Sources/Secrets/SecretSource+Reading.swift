import Glibc
package import ToolContracts

extension SecretSource {
  /// Bytes of the longest secret.
  package static let longest = 16 << 10

  /// Reads it, without the one line break that a file may end in. What cannot stand in a header, is empty or is longer than
  /// `longest` is no secret. Blocks as long as the file system does.
  package func read() throws(SecretFailure) -> Secret {
    switch self {
    case .environment(let name):
      let place = "is to be in the environment variable '\(name)'"
      guard let value = getenv(name) else {
        throw SecretFailure(.unreadable, "\(place), which is not set")
      }
      return try Self.secret(place) { memory in
        let count = strlen(value)
        guard count <= memory.count else { return memory.count }
        memory.copyMemory(from: UnsafeRawBufferPointer(start: value, count: count))
        return count
      }
    case .file(let path):
      return try Self.contents(of: path, "is to be in the file '\(path)'", exposing: 0o077)
    case .credential(let name):
      let place = "is to be the credential '\(name)'"
      guard let folder = getenv("CREDENTIALS_DIRECTORY").map({ String(cString: $0) }), folder.hasPrefix("/")
      else { throw SecretFailure(.unreadable, "\(place), but no systemd unit gave this process any") }
      // systemd lets a unit's user read it by an access list, whose mask then stands where the group's rights do.
      return try Self.contents(of: "\(folder)/\(name)", place, exposing: 0o037)
    }
  }

  private static func contents(
    of path: String, _ place: String, exposing others: mode_t
  ) throws(SecretFailure) -> Secret {
    // Not waiting: the name of a pipe would have this thread wait for whoever writes into it.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw SecretFailure(
        .unreadable, "\(place), which cannot be opened: \(String(cString: strerror(errno)))")
    }
    defer { close(descriptor) }
    var found = stat()
    guard fstat(descriptor, &found) == 0, found.st_mode & S_IFMT == S_IFREG else {
      throw SecretFailure(.unreadable, "\(place), which is no ordinary file")
    }
    guard found.st_uid == geteuid() || found.st_uid == 0 else {
      throw SecretFailure(.exposed, "\(place), which belongs neither to this process's user nor to root")
    }
    guard found.st_mode & others == 0 else {
      throw SecretFailure(.exposed, "\(place), which others than its owner may use: chmod 600 it")
    }
    return try secret(place) { memory in
      var count = 0
      while count < memory.count {
        let more = Glibc.read(descriptor, memory.baseAddress! + count, memory.count - count)
        if more < 0, errno == EINTR { continue }
        guard more >= 0 else { return nil }
        if more == 0 { break }
        count += more
      }
      return withoutLastLineBreak(UnsafeRawBufferPointer(rebasing: memory[..<count]))
    }
  }

  private static func secret(
    _ place: String, fill: (UnsafeMutableRawBufferPointer) -> Int?
  ) throws(SecretFailure) -> Secret {
    // Room for a line break behind the longest, and for one byte that is too many. What is kept has no such room: of memory
    // that stays out of swap a process gets little.
    guard let read = Secret(capacity: longest + 3, fill: fill),
      let secret = read.withBytes(Secret.init(copying:))
    else { throw SecretFailure(.unreadable, "\(place), which cannot be read") }
    guard secret.count > 0 else { throw SecretFailure(.unreadable, "\(place), which is empty") }
    guard secret.count <= longest else {
      throw SecretFailure(.unreadable, "\(place), which has more than \(longest) bytes")
    }
    let isSendable = secret.withBytes { bytes in
      bytes.allSatisfy { $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7f) }
        && !bytes.allSatisfy { $0 == 0x20 || $0 == 0x09 }
    }
    guard isSendable else {
      throw SecretFailure(
        .unreadable, "\(place), which has line breaks or other characters that no header has")
    }
    return secret
  }

  private static func withoutLastLineBreak(_ bytes: UnsafeRawBufferPointer) -> Int {
    guard bytes.last == 0x0A else { return bytes.count }
    return bytes.count - (bytes.dropLast().last == 0x0D ? 2 : 1)
  }
}
