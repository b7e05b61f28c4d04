import Glibc

// Everything else is in other files: code of this one would belong to the main actor, and plugins call back from anywhere.
exit(Program.run(Array(CommandLine.arguments.dropFirst())))
