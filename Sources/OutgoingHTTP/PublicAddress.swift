import CCurl
import Glibc

/// Whether an address belongs to the public network. Of IPv4 everything but the listed is; of IPv6 only what is listed,
/// since most of it is given to nobody and parts of it lead to IPv4 addresses.
enum PublicAddress {
  static func contains(_ address: UnsafePointer<sockaddr>) -> Bool {
    switch Int32(address.pointee.sa_family) {
    case AF_INET:
      return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
        contains(ipv4: UInt32(bigEndian: $0.pointee.sin_addr.s_addr))
      }
    case AF_INET6:
      return address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { address in
        withUnsafeBytes(of: address.pointee.sin6_addr) { contains(ipv6: Array($0)) }
      }
    default: return false
    }
  }

  static func contains(ipv4 address: UInt32) -> Bool {
    !reserved.contains { network, length in address >> (32 - length) == network >> (32 - length) }
  }

  /// - Parameter address: 16 bytes.
  static func contains(ipv6 address: [UInt8]) -> Bool {
    let high = address.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    guard high >> 29 == 0b001 else { return false }  // 2000::/3
    let isSpecial = high >> 9 == 0x2001_0000 >> 9  // 2001::/23: Teredo and others
    let isDocumentation = high == 0x2001_0db8 || high >> 12 == 0x3fff_0000 >> 12
    let isTunnelToIPv4 = high >> 16 == 0x2002
    return !isSpecial && !isDocumentation && !isTunnelToIPv4
  }

  /// IANA's special-purpose addresses, multicast and what is above it.
  private static let reserved: [(network: UInt32, length: UInt32)] = [
    (0x0000_0000, 8), (0x0a00_0000, 8), (0x6440_0000, 10), (0x7f00_0000, 8), (0xa9fe_0000, 16),
    (0xac10_0000, 12), (0xc000_0000, 24), (0xc000_0200, 24), (0xc058_6300, 24), (0xc0a8_0000, 16),
    (0xc612_0000, 15), (0xc633_6400, 24), (0xcb00_7100, 24), (0xe000_0000, 3),
  ]
}
