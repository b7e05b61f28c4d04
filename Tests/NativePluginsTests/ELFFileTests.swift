import TestSupport
import PluginFixtures
import Testing
import ToolContracts

@testable import PluginFiles

/// The reader of files that nobody vouches for: whatever they hold, it answers or throws.
@Suite(.leavesNothingBehind) struct ELFFileTests {
  private static let section = ".jackfield.desc"

  @Test func findsTheDescriptorByteForByte() throws {
    let bytes = try PluginFixture("bad-plugins/good").bytes
    let section = try #require(try ELFFile(bytes).section(named: Self.section))
    #expect(String(decoding: section, as: UTF8.self) == PluginFixture.descriptor)
  }

  @Test func aNameThatMerelyBeginsTheSameIsAnotherSection() throws {
    let elf = try ELFFile(try PluginFixture("bad-plugins/good").bytes)
    #expect(try elf.section(named: ".jackfield.des") == nil)
    #expect(try elf.section(named: ".jackfield.descriptor") == nil)
  }

  @Test func noPrefixOfAPluginIsReadAsAWholeOne() throws {
    let bytes = try PluginFixture("bad-plugins/good").bytes
    let headers = Int(sectionHeaders(of: bytes))
    let boundaries = Set(stride(from: 0, to: bytes.count, by: 64)).union([
      1, 4, 16, 63, 65, headers - 1, headers, headers + 1, headers + 63, headers + 64, bytes.count - 1,
    ])
    for count in boundaries.sorted() {
      #expect(throws: PluginFailure.self, "\(count) of \(bytes.count) bytes") {
        _ = try ELFFile(Array(bytes[..<count])).section(named: Self.section)
      }
    }
  }

  /// Every byte that the reader looks at is in one of the headers, so that is where most of the flips go.
  @Test func anyFlippedBytesAreReadOrRefused() throws {
    let original = try PluginFixture("bad-plugins/good").bytes
    let headers = Int(sectionHeaders(of: original))
    var random = SplitMix(state: 20_231_120)
    var bytes = original
    var (read, refused) = (0, 0)
    for _ in 0..<20_000 {
      let places = (0..<Int.random(in: 1...3, using: &random)).map { _ in
        switch Int.random(in: 0..<4, using: &random) {
        case 0: Int.random(in: 0..<64, using: &random)
        case 1: Int.random(in: headers..<bytes.count, using: &random)
        case 2: Int.random(in: 64..<1024, using: &random)
        default: Int.random(in: 0..<bytes.count, using: &random)
        }
      }
      for place in places { bytes[place] = UInt8.random(in: 0...255, using: &random) }
      do throws(PluginFailure) {
        try Self.readAll(bytes)
        read += 1
      } catch {
        refused += 1
      }
      for place in places { bytes[place] = original[place] }
    }
    #expect(read > 0 && refused > 0, "the flips must reach both ends of the reader")
  }

  /// Numbers at which arithmetic goes wrong, in every field of every header.
  @Test func extremeNumbersInHeadersAreReadOrRefused() throws {
    let original = try PluginFixture("bad-plugins/good").bytes
    let headers = Int(sectionHeaders(of: original))
    var bytes = original
    for place in Array(0..<200) + Array(headers..<original.count) {
      for filler: UInt8 in [0x00, 0x7f, 0x80, 0xff] {
        for width in [2, 4, 8] where place + width <= bytes.count {
          for offset in 0..<width { bytes[place + offset] = filler }
          try? Self.readAll(bytes)
          for offset in 0..<width { bytes[place + offset] = original[place + offset] }
        }
      }
    }
  }

  @Test func aSecondSectionOfTheSameNameIsRefused() throws {
    var bytes = try PluginFixture("bad-plugins/good").bytes
    let headers = Int(sectionHeaders(of: bytes))
    let last = headers + ((bytes.count - headers) / 64 - 1) * 64
    let sealed = try #require(
      stride(from: headers, to: last, by: 64).first { header in
        let name = bytes[header..<header + 4]
        return (try? ELFFile(bytes.replacingName(at: header)).section(named: Self.section)) == .some(nil)
          && name.contains { $0 != 0 }
      })
    // The first section header is the null section: give it the same name.
    for offset in 0..<4 { bytes[headers + offset] = bytes[sealed + offset] }
    let failure = #expect(throws: PluginFailure.self) { try ELFFile(bytes).section(named: Self.section) }
    #expect(failure?.message.contains("more than one section") == true)
  }

  @Test func whatAPluginLendsAndNeedsIsRead() throws {
    let elf = try ELFFile(try PluginFixture("bad-plugins/constructor-exits").bytes)
    #expect(elf.exportedSymbols == ["jackfield_plugin_v1"])
    #expect(elf.linking.needed == ["libc.so.6"])
    #expect(!elf.linking.relocatesText && !elf.linking.usesStaticThreadLocals)
    #expect(elf.segments.filter { $0.kind == .load }.contains { $0.isExecutable && !$0.isWritable })
  }

  private static func readAll(_ bytes: [UInt8]) throws(PluginFailure) {
    let elf = try ELFFile(bytes)
    (_, _, _) = (elf.segments, elf.linking, elf.exportedSymbols)
    _ = try elf.section(named: section)
  }

  private func sectionHeaders(of bytes: [UInt8]) -> UInt64 {
    bytes[40..<48].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}

extension [UInt8] {
  /// With the section whose header is at `header` called nothing.
  fileprivate func replacingName(at header: Int) -> [UInt8] {
    var copy = self
    for offset in 0..<4 { copy[header + offset] = 0 }
    return copy
  }
}

/// The same numbers on every run.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
