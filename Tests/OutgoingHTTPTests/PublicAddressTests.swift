import Testing

@testable import OutgoingHTTP

struct PublicAddressTests {
  @Test(arguments: [
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "100.127.255.255", "127.0.0.1", "169.254.169.254", "172.16.0.1",
    "172.31.255.255", "192.168.0.1", "198.18.0.1", "198.19.255.255", "224.0.0.1", "255.255.255.255",
    "192.0.0.1", "192.0.2.1", "203.0.113.9",
  ])
  func noSpecialAddressIsPublic(text: String) { #expect(!PublicAddress.contains(ipv4: number(text))) }

  @Test(arguments: [
    "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.128.0.0", "172.32.0.0", "192.169.0.0", "223.255.255.255",
  ])
  func itsNeighboursAre(text: String) { #expect(PublicAddress.contains(ipv4: number(text))) }

  @Test(
    arguments: [
      [0, 0, 0, 0], [0, 0, 0, 1], [0xfe80_0000, 0, 0, 1], [0xfc00_0000, 0, 0, 1], [0xff02_0000, 0, 0, 1],
      [0, 0, 0xffff, 0x0101_0101], [0x0064_ff9b, 0, 0, 0x7f00_0001], [0x2002_7f00, 0x0001_0000, 0, 1],
      [0x2001_0000, 0, 0, 1], [0x2001_0db8, 0, 0, 1], [0x3fff_0000, 0, 0, 1],
    ] as [[UInt32]])
  func noAddressThatLeadsElsewhereIsPublic(words: [UInt32]) {
    #expect(!PublicAddress.contains(ipv6: bytes(words)))
  }

  @Test func aGlobalAddressOfVersionSixIs() {
    #expect(PublicAddress.contains(ipv6: bytes([0x2606_4700, 0x4700_0000, 0, 0x1111])))
  }

  private func number(_ text: String) -> UInt32 {
    text.split(separator: ".").reduce(0) { $0 << 8 | UInt32($1)! }
  }

  private func bytes(_ words: [UInt32]) -> [UInt8] {
    words.flatMap { word in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> $0) } }
  }
}
