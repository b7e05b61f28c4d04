// json-fuzz TARGET [libFuzzer options] [corpus]: Tests/Fuzz/json builds and runs it.
import Fuzzing
import Glibc

let targets: [String: FuzzTarget] = [
  "parser": { parserAgreesWithItself($0) },
  "pointer": { pointersAreReversible($0) },
  "compile": { schemasCompileOrAreRefused($0) },
  "validate": { verdictsAgree($0) },
]
guard CommandLine.arguments.count > 1, let target = targets[CommandLine.arguments[1]] else {
  print("usage: json-fuzz \(targets.keys.sorted().joined(separator: "|")) [options] [corpus]")
  exit(2)
}
exit(FuzzDriver.run(target, arguments: [CommandLine.arguments[0]] + CommandLine.arguments.dropFirst(2)))
