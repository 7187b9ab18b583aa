/// A node of the command tree: either a group of subcommands, or a command that runs, or both.
public struct Command: Sendable {
    /// What a command does when it is called. Errors that it throws are printed by `CommandLineProgram`.
    public typealias Body = @Sendable (ParsedArguments) throws -> ExitCode

    /// The word on the command line; of the root, the program's name.
    public let name: String
    /// One line for the list of commands.
    public let summary: String
    /// Paragraphs shown by `--help` under the usage line.
    public let discussion: String
    /// Whole command lines, shown as they are by `--help`.
    public let examples: [String]
    public let options: [OptionSpec]
    public let arguments: [ArgumentSpec]
    public let subcommands: [Command]
    /// nil for a group that only holds subcommands.
    public let run: Body?

    public init(
        _ name: String, summary: String, discussion: String = "", examples: [String] = [], options: [OptionSpec] = [],
        arguments: [ArgumentSpec] = [], subcommands: [Command] = [], run: Body? = nil
    ) {
        self.name = name
        self.summary = summary
        self.discussion = discussion
        self.examples = examples
        self.options = options
        self.arguments = arguments
        self.subcommands = subcommands
        self.run = run
    }
}
