import Glibc
import JSONCodec
import TestSupport
import Testing
import ToolContracts

import PluginFiles
import PluginFixtures

@testable import NativePlugins

@Suite(.leavesNothingBehind) final class VerdictCacheTests {
  private let folder: String
  private let cache: VerdictCache
  private let digest = "sha256:00ff"
  private let report = Array("report".utf8)

  init() throws {
    folder = try PluginFixture.makeFolder()
    cache = VerdictCache(folder: folder + "/probed")
  }

  deinit {
    for file in names() { unlink(folder + "/probed/" + file) }
    rmdir(folder + "/probed")
    rmdir(folder)
  }

  @Test func aKeptReportComesBackUnderItsDigestAlone() {
    #expect(cache.report(for: digest) == nil)
    #expect(cache.keep(report, for: digest) == nil)
    #expect(cache.report(for: digest) == report)
    #expect(cache.report(for: "sha256:00fe") == nil)
    #expect(names() == ["00ff"])
  }

  @Test func aReportThatOthersMayWriteIsNotBelieved() {
    _ = cache.keep(report, for: digest)
    chmod(folder + "/probed/00ff", 0o666)
    #expect(cache.report(for: digest) == nil)
  }

  @Test func aLinkIsNotFollowed() {
    _ = cache.keep(report, for: digest)
    symlink(folder + "/probed/00ff", folder + "/probed/00aa")
    #expect(cache.report(for: "sha256:00aa") == nil)
  }

  @Test func aFolderThatCannotBeMadeIsSaidAndNotFatal() {
    #expect(VerdictCache(folder: folder + "/missing/probed").keep(report, for: digest) != nil)
  }

  @Test func anUnchangedPluginIsNotProbedAgain() throws {
    let (file, sealed) = try fixture()
    try examine(file, sealed, program: PluginFixture.probe)
    #expect(cache.report(for: file.digest) != nil)
    try examine(file, sealed, program: "/nonexistent/jackfield-probe")
  }

  @Test func aKeptReportThatSaysSomethingElseIsNotBelieved() throws {
    let (file, sealed) = try fixture()
    let foreign =
      "jackfield-probe 1 abi 65537\nstage load\nstage entry\nstage table\nid calc\nversion 1\ndescriptor 0\n\nend\n"
    for text in ["", "garbage", foreign] {
      _ = cache.keep(Array(text.utf8), for: file.digest)
      #expect(throws: PluginFailure.self) {
        try examine(file, sealed, program: "/nonexistent/jackfield-probe")
      }
    }
  }

  @Test func aFailureIsNotKept() throws {
    let fixture = try PluginFixture("bad-plugins/constructor-aborts")
    let file = try withExtendedLifetime(fixture) { try PluginFile(reading: fixture.path) }
    let sealed = try SealedDescriptor(parsing: Array(PluginFixture.descriptor.utf8)[...])
    #expect(throws: PluginFailure.self) { try examine(file, sealed, program: PluginFixture.probe) }
    #expect(names().isEmpty)
  }

  private func fixture() throws -> (PluginFile, SealedDescriptor) {
    let fixture = try PluginFixture("bad-plugins/good")
    let file = try withExtendedLifetime(fixture) { try PluginFile(reading: fixture.path) }
    return (file, try SealedDescriptor(parsing: Array(PluginFixture.descriptor.utf8)[...]))
  }

  private func examine(_ file: PluginFile, _ sealed: SealedDescriptor, program: String) throws(PluginFailure)
  {
    let probe = PluginProbe(program: program, cache: cache, patience: 20_000_000_000, log: { _ in })
    try probe.examine(file, image: try PluginImage(of: file, id: sealed.descriptor.id), descriptor: sealed)
  }

  private func names() -> [String] {
    guard let directory = opendir(folder + "/probed") else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names
  }
}
