extension StringFormat {
  func accepts(_ text: UnsafeBufferPointer<UInt8>) -> Bool { true }
}
