import CCurl

/// One transfer as libcurl has it.
extension UnsafeMutableRawPointer {
  /// How every request goes out, and what of this one is its own.
  ///
  /// - Returns: false where there is no memory for it.
  func prepare(_ request: OutgoingRequest) -> Bool {
    jf_curl_set_text(self, CURLOPT_PROTOCOLS_STR, "http,https")
    // No proxy, whatever the environment says: it would see the requests, and reach what this host must not.
    jf_curl_set_text(self, CURLOPT_PROXY, "")
    jf_curl_set_text(self, CURLOPT_CUSTOMREQUEST, request.method)
    jf_curl_set_text(self, CURLOPT_USERAGENT, "jackfield")
    // Of these a page of n bytes becomes at most about 1032 n: what libcurl inflates at once stays bounded.
    jf_curl_set_text(self, CURLOPT_ACCEPT_ENCODING, "gzip, deflate")
    // One request at a time on a connection: a second stream would gain nothing, and its flow control buffers megabytes.
    jf_curl_set_number(self, CURLOPT_HTTP_VERSION, jf_curl_http_1_1())
    jf_curl_set_number(self, CURLOPT_NOSIGNAL, 1)
    jf_curl_set_number(self, CURLOPT_CONNECTTIMEOUT_MS, 10_000)
    // A request that ends while its server's name is looked up would have this thread wait for the end of that.
    jf_curl_set_number(self, CURLOPT_QUICK_EXIT, 1)
    if request.method == "HEAD" { jf_curl_set_number(self, CURLOPT_NOBODY, 1) }
    guard !request.body.isEmpty || request.needsLength else { return true }
    jf_curl_set_large(self, CURLOPT_POSTFIELDSIZE_LARGE, request.body.count)
    return request.body.withUnsafeBytes { body in
      // Copied. An empty body has no address, and libcurl would read one from elsewhere.
      jf_curl_set_text(
        self, CURLOPT_COPYPOSTFIELDS,
        body.baseAddress?.assumingMemoryBound(to: CChar.self) ?? jf_curl_empty())
    } == CURLE_OK
  }

  /// Whose signatures under a server's certificate count.
  ///
  /// - Parameters:
  ///   - own: they alone, as PEM; nil: the system's and `more`.
  ///   - more: as PEM.
  /// - Returns: false where there is no memory for it.
  func trust(only own: [UInt8]?, orAlso more: [UInt8]?) -> Bool {
    // In place of the system's file; its folder, which has the same, stays unless it is taken away.
    guard let authorities = own ?? more else { return true }
    if own != nil { jf_curl_set_pointer(self, CURLOPT_CAPATH, nil) }
    return authorities.withUnsafeBytes {
      jf_curl_set_bytes(self, CURLOPT_CAINFO_BLOB, $0.baseAddress, $0.count)
    } == CURLE_OK
  }

  /// Has the transfer told of what arrives. It must outlive the handle.
  func tell(_ transfer: Transfer) -> Bool {
    let context = Unmanaged.passUnretained(transfer).toOpaque()
    jf_curl_set_pointer(self, CURLOPT_PRIVATE, context)
    jf_curl_set_pointer(self, CURLOPT_WRITEDATA, context)
    jf_curl_set_pointer(self, CURLOPT_HEADERDATA, context)
    jf_curl_set_pointer(self, CURLOPT_OPENSOCKETDATA, context)
    jf_curl_set_write(self, CURLOPT_WRITEFUNCTION, transferReceived)
    jf_curl_set_write(self, CURLOPT_HEADERFUNCTION, transferReceivedHeader)
    return jf_curl_set_open(self, transferOpensSocket) == CURLE_OK
  }

  /// The transfer that was told; nil where none was.
  var transfer: Transfer? {
    var context: UnsafeMutableRawPointer?
    jf_curl_private(self, &context)
    return context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
  }

  /// How long each part of the way to an answer took, in microseconds; without those that were not reached.
  var phases: [(name: String, value: Int64)] {
    let ends = [
      ("name_us", CURLINFO_NAMELOOKUP_TIME_T), ("connect_us", CURLINFO_CONNECT_TIME_T),
      ("tls_us", CURLINFO_APPCONNECT_TIME_T), ("first_byte_us", CURLINFO_STARTTRANSFER_TIME_T),
    ]
    var before: Int64 = 0
    return ends.compactMap { name, moment -> (name: String, value: Int64)? in
      let end = Int64(jf_curl_microseconds(self, moment))
      guard end > 0 else { return nil }
      defer { before = end }
      return (name, max(0, end - before))
    }
  }
}

// What libcurl calls, on the transfer thread.

private func transferReceived(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
  guard let context else { return 0 }
  return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    .received(UnsafeRawBufferPointer(start: bytes, count: size * count))
}

private func transferReceivedHeader(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
  guard let context else { return 0 }
  return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    .receivedHeader(UnsafeRawBufferPointer(start: bytes, count: size * count))
}

private func transferOpensSocket(
  _ context: UnsafeMutableRawPointer?, _ purpose: curlsocktype,
  _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
  guard let context, let address else { return -1 }
  return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().openSocket(address)
}
