import Glibc

@usableFromInline
func compareLong(_ a: UnsafePointer<UInt8>, _ b: UnsafePointer<UInt8>, count: Int) -> Int32 {
  memcmp(a, b, count)
}
