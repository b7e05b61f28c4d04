import Glibc

// The measured tasks run on the lanes, as those of a host do.
guard CommandLine.arguments.count == 2 else {
  note("usage: benchmark-calls DIRECTORY")
  exit(2)
}
exit(Benchmark.run(directory: CommandLine.arguments[1]))
