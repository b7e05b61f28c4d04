import Glibc
import TestSupport
import PluginFixtures
import Testing
import ToolContracts

@testable import PluginFiles

@Suite(.leavesNothingBehind) struct PluginImageTests {
  private func image() throws -> PluginImage {
    let fixture = try PluginFixture("bad-plugins/good")
    return try withExtendedLifetime(fixture) {
      try PluginImage(of: try PluginFile(reading: fixture.path), id: "fixture")
    }
  }

  @Test func nobodyCanChangeItAnyMore() throws {
    let image = try image()
    #expect(write(image.descriptor.number, "x", 1) == -1)
    #expect(ftruncate(image.descriptor.number, 0) == -1)
    #expect(ftruncate(image.descriptor.number, 1 << 30) == -1)
    let mapping = mmap(nil, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, image.descriptor.number, 0)
    #expect(mapping == MAP_FAILED)
  }

  @Test func theDigestIsThatOfTheBytes() throws {
    let fixture = try PluginFixture(nil)
    try fixture.overwrite(with: Array("abc".utf8))
    // FIPS 180-2, appendix B.1
    let file = try withExtendedLifetime(fixture) { try PluginFile(reading: fixture.path) }
    // FIPS 180-2, appendix B.1
    #expect(file.digest == "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }
}
