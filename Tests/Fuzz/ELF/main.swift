// elf-fuzz [libFuzzer options] [corpus]: Tests/Fuzz/elf builds and runs it.
import Fuzzing
import Glibc

exit(FuzzDriver.run({ pluginFilesAreReadOrRefused($0) }, arguments: CommandLine.arguments))
