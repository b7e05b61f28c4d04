import Glibc

package typealias FuzzTarget = @Sendable (UnsafeBufferPointer<UInt8>) -> Void

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
  _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// Hands libFuzzer's inputs to one target. libFuzzer takes a C function, which can capture nothing.
package enum FuzzDriver {
  // Written once before libFuzzer starts, and it runs on this thread.
  private nonisolated(unsafe) static var target: FuzzTarget = { _ in }

  package static func run(_ chosen: @escaping FuzzTarget, arguments: [String]) -> CInt {
    target = chosen
    var count = CInt(arguments.count)
    let texts = arguments.map { strdup($0) } + [nil]
    let list = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: texts.count)
    list.initialize(from: texts, count: texts.count)
    var vector: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = list
    return runDriver(&count, &vector) { bytes, count in
      FuzzDriver.target(UnsafeBufferPointer(start: bytes, count: count))
      return 0
    }
  }
}
