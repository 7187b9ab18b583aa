internal import Glibc

/// A command tree as a program: parses, prints help and errors, runs, and gives the exit code.
public struct CommandLineProgram: Sendable {
    private let root: Command
    private let version: String
    private let exitCode: @Sendable (any Error) -> ExitCode
    private let output: @Sendable (String) -> Void
    private let errorOutput: @Sendable (String) -> Void

    /// - Parameters:
    ///   - version: what `--version` prints after the program's name.
    ///   - exitCode: the exit code for an error that a command threw; a `UsageError` is always 2.
    ///   - output: takes help and version; standard output unless a test wants it.
    ///   - errorOutput: takes errors; standard error unless a test wants it.
    public init(
        _ root: Command, version: String, exitCode: @escaping @Sendable (any Error) -> ExitCode = { _ in .failed },
        output: @escaping @Sendable (String) -> Void = Terminal.print,
        errorOutput: @escaping @Sendable (String) -> Void = Terminal.printError
    ) {
        self.root = root
        self.version = version
        self.exitCode = exitCode
        self.output = output
        self.errorOutput = errorOutput
    }

    /// Runs the command that `words` name, on the calling thread.
    /// - Parameter words: the command line without the program's name.
    public func run(_ words: [String]) -> ExitCode {
        do {
            switch try ArgumentParser(root).parse(words) {
            case .help(let command, let path, let inherited):
                let width = min(120, Terminal.width(STDOUT_FILENO))
                output(HelpText.render(command, path: path, inherited: inherited, width: width))
                return .done
            case .version:
                output("\(root.name) \(version)\n")
                return .done
            case .run(let command, let arguments):
                return try command.run?(arguments) ?? .usage
            }
        } catch let error as UsageError {
            let path = error.path.isEmpty ? [root.name] : error.path
            errorOutput("\(root.name): \(error.message)\nSee '\(path.joined(separator: " ")) --help'.\n")
            return .usage
        } catch {
            errorOutput("\(root.name): \(error)\n")
            return exitCode(error)
        }
    }
}
