import ToolContracts

/// What INVOKE carries: run, idempotency key and arguments.
enum InvokePayload {
  static func list(_ call: CallID, _ arguments: UnsafeRawBufferPointer) -> [UInt8] {
    let key = Array(call.description.utf8)
    // The key begins with the run.
    let run = key.prefix { $0 != UInt8(ascii: "/") }
    var list: [UInt8] = []
    list.reserveCapacity(12 + run.count + key.count + arguments.count)
    for count in [run.count, key.count, arguments.count] {
      withUnsafeBytes(of: UInt32(count)) { list.append(contentsOf: $0) }
    }
    list.append(contentsOf: run)
    list.append(contentsOf: key)
    list.append(contentsOf: arguments)
    return list
  }
}
