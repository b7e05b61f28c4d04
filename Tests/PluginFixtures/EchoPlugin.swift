/// Tests/Fixtures/plugins/echo.c, as its tests call it.
package enum EchoPlugin {
  /// In the order of its table.
  package enum Function: Int, CaseIterable {
    case say, later, twice, fail, stream, describe, log, hold, nonsense
  }

  package static let descriptor: String = {
    let functions = Function.allCases.map { function in
      let mayPend = function == .later || function == .hold
      return """
        {"name":"\(function)","description":"d","inputSchema":{"type":"object"},"effect":"none","mayPend":\(mayPend)}
        """
    }
    return """
      {"abi":1,"id":"echo","version":"1.0.0","functions":[\(functions.joined(separator: ","))],"services":["jf.config/1"]}
      """
  }()
}
