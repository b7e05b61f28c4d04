import Glibc

// The measured tasks run on the lanes, as those of a host do.
guard (2...3).contains(CommandLine.arguments.count) else {
  note("usage: benchmark-calls DIRECTORY [PART OF A NAME]")
  exit(2)
}
exit(Benchmark.run(directory: CommandLine.arguments[1], only: CommandLine.arguments.dropFirst(2).first ?? ""))
