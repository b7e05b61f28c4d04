// wire-fuzz [libFuzzer options] [corpus]: Tests/Fuzz/wire builds and runs it.
import Fuzzing
import Glibc

exit(FuzzDriver.run({ packetsAreMessagesOrViolations($0) }, arguments: CommandLine.arguments))
