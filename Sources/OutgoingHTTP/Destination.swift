import CCurl
import ToolContracts

/// An address as libcurl itself reads it, so that what was checked is what is connected to. Freed with its last user.
final class Destination {
  let handle: OpaquePointer
  let origin: HTTPOrigin
  let entry: AllowedOrigin

  /// - Parameters:
  ///   - text: an address, or, with `base`, a reference to one.
  ///   - base: where the reference stood.
  init(_ text: String, from base: Destination? = nil, grant: HTTPGrant) throws(ServiceRefusal) {
    guard let handle = base.map({ jf_curl_url_dup($0.handle) }) ?? jf_curl_url() else {
      throw ServiceRefusal(.limit, "out of memory")
    }
    self.handle = handle
    guard jf_curl_url_set(handle, CURLUPART_URL, text, 0) == CURLUE_OK, let origin = Self.origin(of: handle)
    else {
      jf_curl_url_cleanup(handle)
      throw ServiceRefusal(.argument, "not an address")
    }
    self.origin = origin
    let hasUser =
      Self.part(CURLUPART_USER, of: handle) != nil || Self.part(CURLUPART_PASSWORD, of: handle) != nil
    guard !hasUser, let entry = grant.entry(for: origin) else {
      jf_curl_url_cleanup(handle)
      throw ServiceRefusal(.denied, "this server is not among those that the operator allows")
    }
    self.entry = entry
  }

  deinit { jf_curl_url_cleanup(handle) }

  var text: String { Self.part(CURLUPART_URL, of: handle) ?? "" }

  private static func origin(of handle: OpaquePointer) -> HTTPOrigin? {
    guard let scheme = part(CURLUPART_SCHEME, of: handle), let host = part(CURLUPART_HOST, of: handle),
      let port = part(CURLUPART_PORT, of: handle, UInt32(CURLU_DEFAULT_PORT)).flatMap({ Int($0) })
    else { return nil }
    // Of what is no ASCII, libcurl makes another name than the one that would be held against the list.
    guard host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else { return nil }
    let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
    return HTTPOrigin(
      scheme: scheme.lowercased(),
      host: (isBracketed ? String(host.dropFirst().dropLast()) : host).lowercased(),
      port: port)
  }

  private static func part(_ part: CURLUPart, of handle: OpaquePointer, _ flags: UInt32 = 0) -> String? {
    var text: UnsafeMutablePointer<CChar>?
    guard jf_curl_url_get(handle, part, &text, flags) == CURLUE_OK, let text else { return nil }
    defer { jf_curl_free(text) }
    return String(cString: text)
  }
}
