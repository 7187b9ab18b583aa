import CommandLineKit
import Glibc

if CommandLine.arguments.dropFirst().first == BareSender.word { exit(BareSender.run()) }

let program = CommandLineProgram(RootCommand.command, version: "0.1.0")
exit(program.run(Array(CommandLine.arguments.dropFirst())).rawValue)
