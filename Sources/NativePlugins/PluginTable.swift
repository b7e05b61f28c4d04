import CPluginLoading
import PluginFiles
import PluginABI
import ToolContracts

/// What a plugin's code says of itself: its function table, read in the probe or in this process.
struct PluginTable: Sendable, Equatable {
  struct Function: Sendable, Equatable {
    var name: String
    var kind: Int32
    var effect: Int32
    var flags: UInt32
  }
  var id: String
  var version: String
  var functions: [Function]
  /// Empty where the code carries none.
  var descriptor: [UInt8]

  init(id: String, version: String, functions: [Function], descriptor: [UInt8]) {
    self.id = id
    self.version = version
    self.functions = functions
    self.descriptor = descriptor
  }

  /// - Parameter table: has passed `plugin_table_check`, so its pointers and lengths are as good as they get.
  init(copying table: jf_plugin) {
    var table = table
    id = String(copying: table.id)
    version = String(copying: table.version)
    functions = (0..<table.function_count).map { index in
      let function = plugin_table_function(&table, index).pointee
      return Function(
        name: String(copying: function.name), kind: function.kind, effect: function.effect,
        flags: function.flags)
    }
    descriptor = Array(UnsafeBufferPointer(start: table.descriptor.ptr, count: Int(table.descriptor.len)))
  }

  /// Where code and file disagree, nil where they do not. An operator judges a plugin by its descriptor, so code that
  /// does something else does not run.
  func contradiction(to file: SealedDescriptor) -> String? {
    guard id == file.descriptor.id else {
      return "the file says id \(file.descriptor.id), the code says \(id)"
    }
    guard version == file.descriptor.version else {
      return "the file says version \(file.descriptor.version), the code says \(version)"
    }
    guard functions.count == file.claims.count else {
      return "the file has \(file.claims.count) functions, the code has \(functions.count)"
    }
    for (index, (function, claim)) in zip(functions, file.claims).enumerated() {
      if let contradiction = function.contradiction(to: claim, index: index) { return contradiction }
    }
    guard descriptor.isEmpty || descriptor == file.bytes else {
      return "the descriptor in the code is not the one in the file"
    }
    return nil
  }
}

extension PluginTable.Function {
  fileprivate func contradiction(to claim: SealedDescriptor.FunctionClaim, index: Int) -> String? {
    guard name == claim.name else {
      return "function \(index) is \(claim.name) in the file and \(name) in the code"
    }
    let kind = FunctionKind(tableValue: self.kind)
    guard kind == claim.kind else {
      return "function \(name) is of kind \(claim.kindName) in the file and \(self.kind) in the code"
    }
    let effect = Effect(tableValue: self.effect)
    guard effect == claim.effect else {
      return
        "function \(name) has effect \(claim.effect.rawValue) in the file and \(effect.rawValue) in the code"
    }
    let mayPend = flags & UInt32(JF_FUNCTION_MAY_PEND) != 0
    guard mayPend == claim.mayPend else {
      return "function \(name) has mayPend \(claim.mayPend) in the file and \(mayPend) in the code"
    }
    let isSerial = flags & UInt32(JF_FUNCTION_SERIAL) != 0
    guard isSerial == claim.isSerial else {
      return "function \(name) has serial \(claim.isSerial) in the file and \(isSerial) in the code"
    }
    return nil
  }
}
