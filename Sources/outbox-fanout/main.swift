import CommandLineKit
import Glibc
import RelayOperations

ProcessArguments.hideSecrets()
let program = CommandLineProgram(RootCommand.command, version: "0.1.0")
exit(program.run(Array(CommandLine.arguments.dropFirst())).rawValue)
