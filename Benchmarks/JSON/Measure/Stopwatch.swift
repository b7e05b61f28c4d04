import CountingAllocator
import Glibc

/// One line of the result: the best of several rounds, and what a round asked of the allocator.
struct Measurement {
  var name: String
  var nanoseconds: Double
  var allocations: Double
}

/// Keeps the optimiser from dropping what nobody reads.
@inline(never)
func consume<Value>(_ value: Value) {}

func now() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
}

/// Finds out how often `body` runs in half a millisecond, and reports the best of 300 rounds of that length: short
/// rounds find a quiet moment even on a busy machine.
func measure(_ name: String, _ body: () -> Void) -> Measurement {
  var count = 1
  while true {
    let start = now()
    for _ in 0..<count { body() }
    if now() - start > 0.5e6 { break }
    count *= 2
  }
  var best = Double.infinity
  let before = jf_allocations()
  for _ in 0..<300 {
    let start = now()
    for _ in 0..<count { body() }
    best = min(best, (now() - start) / Double(count))
  }
  let allocations = Double(jf_allocations() - before) / Double(300 * count)
  return Measurement(name: name, nanoseconds: best, allocations: allocations)
}
