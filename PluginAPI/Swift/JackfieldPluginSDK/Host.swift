internal import PluginABI

/// The host's table, with Swift types at its functions.
///
/// Functions missing from the table answer as a host would that offers nothing: the first minor version has them all,
/// but a plugin must not die of a host that lies about it.
struct Host: Sendable {
  // nonisolated(unsafe): every function of the table that is used here is tagged [any], and its fields never change.
  nonisolated(unsafe) let table: UnsafePointer<jf_host>

  func complete(_ call: jf_call, _ status: jf_status, _ payload: UnsafeRawBufferPointer) {
    _ = table.pointee.complete?(table, call, status, jf_bytes(payload))
  }

  func emit(_ call: jf_call, _ event: Int32, _ data: String) -> jf_status {
    data.withBytes { table.pointee.emit?(table, call, event, $0) } ?? jf_status(JF_E_UNSUPPORTED)
  }

  func progress(_ call: jf_call, _ done: Double, _ total: Double, _ note: String) -> jf_status {
    note.withBytes { table.pointee.progress?(table, call, done, total, $0) } ?? jf_status(JF_E_UNSUPPORTED)
  }

  func remainingNanoseconds(_ call: jf_call) -> Int64 {
    table.pointee.remaining_ns?(table, call) ?? 0
  }

  /// Reads what is known about a call; nil once the call is complete.
  func info<T>(_ call: jf_call, _ read: (jf_call_info) -> T) -> T? {
    guard let info = table.pointee.info?(table, call),
      Int(info.pointee.size) >= MemoryLayout<jf_call_info>.size
    else { return nil }
    return read(info.pointee)
  }

  func log(_ level: LogLevel, _ message: String, fields: [String: JSONValue]) {
    let fieldText = fields.isEmpty ? "" : JSONValue.object(fields).json
    message.withBytes { message in
      fieldText.withBytes { table.pointee.log?(table, level.rawValue, message, $0) }
    }
  }

  /// The JSON text of the operator's configuration; nil where the host has none for this plugin.
  ///
  /// Borrowed: the host keeps it for as long as the instance is open.
  func configuration() -> UnsafeRawBufferPointer? {
    guard let service = table.pointee.service?(table, JF_SERVICE_CONFIG) else { return nil }
    let config = service.assumingMemoryBound(to: jf_service_config.self)
    guard Int(config.pointee.size) >= MemoryLayout<jf_service_config>.size, let json = config.pointee.json
    else {
      return nil
    }
    return json(table).buffer
  }

  /// Turns the status of a streaming function into what the caller has to do about it.
  func check(_ status: jf_status) throws(CallEnded) -> Delivery {
    switch Int(status) {
    case JF_OK: .sent
    case JF_E_CANCELLED, JF_E_STATE: throw .cancelled
    case JF_E_DEADLINE: throw .deadlinePassed
    default: .readerIsBehind
    }
  }
}

extension jf_bytes {
  /// The borrowed bytes of a buffer.
  init(_ buffer: UnsafeRawBufferPointer) {
    self.init(ptr: buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), len: UInt64(buffer.count))
  }

  /// As borrowed as these bytes are.
  var buffer: UnsafeRawBufferPointer {
    guard ptr != nil, let count = Int(exactly: len) else {
      return UnsafeRawBufferPointer(start: nil, count: 0)
    }
    return UnsafeRawBufferPointer(start: ptr, count: count)
  }

  var string: String { String(decoding: buffer, as: UTF8.self) }
}

extension String {
  func withBytes<T>(_ body: (jf_bytes) -> T) -> T {
    var copy = self
    return copy.withUTF8 { body(jf_bytes(UnsafeRawBufferPointer($0))) }
  }
}
