// json-benchmark FOLDER: prints one line of JSON for each piece of work. Benchmarks/json runs it beside its peers.
import Glibc

guard CommandLine.arguments.count >= 2 else {
  print("usage: json-benchmark FOLDER [NAME]")
  exit(2)
}
let only = CommandLine.arguments.count > 2 ? CommandLine.arguments[2] : ""
do {
  try Workload(folder: CommandLine.arguments[1]).run(only: only)
} catch {
  print("json-benchmark: \(error)")
  exit(1)
}
