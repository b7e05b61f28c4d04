import Glibc
import Secrets
import TestSupport
import Testing
import ToolContracts

/// Where a value comes from, and what memory it has.
struct SecretTests {
  private func text(_ secret: Secret) -> String { secret.withBytes { String(decoding: $0, as: UTF8.self) } }

  private func secret(_ content: String, mode: mode_t = 0o600) throws -> Secret {
    let folder = TemporaryFolder()
    let path = "\(folder.path)/key"
    folder.write(content, to: "key")
    #expect(chmod(path, mode) == 0)
    return try SecretSource.file(path).read()
  }

  private func refusal(_ body: () throws -> Secret) -> SecretFailure? {
    do { _ = try body() } catch { return error as? SecretFailure }
    return nil
  }

  @Test func aFileEndsInOneLineBreakThatIsNoPartOfTheSecret() throws {
    #expect(text(try secret("key")) == "key")
    #expect(text(try secret("key\n")) == "key")
    #expect(text(try secret("key\r\n")) == "key")
    #expect(text(try secret(" key ")) == " key ")
  }

  @Test(arguments: [
    "", "\n", " \t", "key\n\n", "k\ney", "k\u{0}ey", "\u{7f}", String(repeating: "k", count: 16_385),
  ])
  func whatNoHeaderHasIsNoSecret(content: String) {
    #expect(refusal { try secret(content) }?.reason == .unreadable)
  }

  @Test func theLongestSecretIsReadWhole() throws {
    let longest = String(repeating: "k", count: SecretSource.longest)
    #expect(try secret(longest + "\r\n").count == SecretSource.longest)
    #expect(refusal { try secret(longest + "k") }?.reason == .unreadable)
  }

  @Test(arguments: [0o640, 0o604, 0o620, 0o602, 0o601, 0o644] as [mode_t])
  func aFileThatOthersMayUseIsRefused(mode: mode_t) {
    let refused = refusal { try secret("key", mode: mode) }
    #expect(refused?.reason == .exposed)
    #expect(refused?.message.contains("chmod 600") == true)
  }

  @Test func theOwnerMayHaveFewerRights() throws { #expect(text(try secret("key", mode: 0o400)) == "key") }

  @Test func whatIsNoFileIsRefusedAndNotWaitedFor() throws {
    let folder = TemporaryFolder()
    #expect(mkfifo(folder.path + "/pipe", 0o600) == 0)
    #expect(refusal { try SecretSource.file(folder.path + "/pipe").read() }?.reason == .unreadable)
    #expect(refusal { try SecretSource.file(folder.path).read() }?.reason == .unreadable)
    #expect(refusal { try SecretSource.file(folder.path + "/none").read() }?.reason == .unreadable)
  }

  @Test func aVariableIsItsWholeValue() throws {
    setenv("JACKFIELD_TEST_SECRET", "from the environment", 1)
    defer { unsetenv("JACKFIELD_TEST_SECRET") }
    #expect(text(try SecretSource.environment("JACKFIELD_TEST_SECRET").read()) == "from the environment")
    #expect(refusal { try SecretSource.environment("JACKFIELD_TEST_NONE").read() }?.reason == .unreadable)
  }

  @Test func aFailureNamesTheSourceAndNotTheValue() throws {
    let refused = refusal { try secret("0123456789\u{1}") }
    #expect(refused?.message.contains("/key'") == true)
    #expect(refused.map { String(describing: $0) }?.contains("0123456789") == false)
  }

  @Test func itsMemoryIsInNoDumpAndInNoFork() throws {
    let kept = try secret("a value that is looked for")
    let address = kept.withBytes { UInt(bitPattern: $0.baseAddress) }
    let found = try #require(flags(of: address))
    // As the system names them: not in a core dump, wiped on fork.
    #expect(found.contains("dd") && found.contains("wf"))
    #expect(!found.contains("wr"))
  }

  @Test func itPrintsAsNothing() throws {
    let kept = try secret("a value that is looked for")
    var dumped = ""
    dump(kept, to: &dumped)
    #expect(!(dumped + "\(kept)" + String(reflecting: kept)).contains("value"))
  }

  /// What /proc says of the pages at an address.
  private func flags(of address: UInt) -> [Substring]? {
    guard let file = fopen("/proc/self/smaps", "r") else { return nil }
    defer { fclose(file) }
    var isThere = false
    var line = [CChar](repeating: 0, count: 4096)
    while fgets(&line, Int32(line.count), file) != nil {
      let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
      let words = text.split(whereSeparator: \.isWhitespace)
      let range = (words.first ?? "").split(separator: "-").compactMap { UInt($0, radix: 16) }
      if range.count == 2 { isThere = (range[0]..<range[1]).contains(address) }
      if isThere, words.first == "VmFlags:" { return Array(words.dropFirst()) }
    }
    return nil
  }
}
