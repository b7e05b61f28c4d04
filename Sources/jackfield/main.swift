import Glibc

// Everything else is in other files: code of this one would belong to the main actor, and plugins call back from anywhere.
// Without exit handlers: a plugin that kept its thread may still be running, and must not find its globals destroyed.
_exit(Program.run(Array(CommandLine.arguments.dropFirst())))
