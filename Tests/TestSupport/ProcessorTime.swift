import Glibc

/// What `body` takes of a processor, in seconds, on the thread that it runs on: the same however busy the machine is, so that
/// a bound on it tells work that grows too fast from a machine that is slow.
package func processorSeconds(_ body: () throws -> Void) rethrows -> Double {
  let begun = threadSeconds()
  try body()
  return threadSeconds() - begun
}

private func threadSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
