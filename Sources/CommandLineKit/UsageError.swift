/// A command line that is not understood. Exit code 2. Its text never holds the value of an option, which may be a secret.
public struct UsageError: Error, Equatable, CustomStringConvertible {
    /// What is wrong, one sentence.
    public let message: String
    /// The names from the root to the command that refused, for the hint at its `--help`.
    public let path: [String]

    public init(_ message: String, path: [String] = []) {
        self.message = message
        self.path = path
    }

    public var description: String { message }
}
