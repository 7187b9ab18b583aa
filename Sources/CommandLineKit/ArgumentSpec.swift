/// One positional argument of a command.
public struct ArgumentSpec: Sendable {
    /// How many words the argument takes.
    public enum Count: Sendable {
        case one
        case optional
        /// One or more; only sensible for the last argument.
        case oneOrMore
        /// None or more; only sensible for the last argument.
        case any
    }

    /// The name in the help and for `ParsedArguments.argument`, in capitals: `EVENT_ID`.
    public let name: String
    /// One sentence for the help.
    public let help: String
    /// How many words it takes.
    public let count: Count

    public init(_ name: String, help: String, count: Count = .one) {
        self.name = name
        self.help = help
        self.count = count
    }

    var usage: String {
        switch count {
        case .one: "<\(name)>"
        case .optional: "[\(name)]"
        case .oneOrMore: "<\(name)>..."
        case .any: "[\(name)]..."
        }
    }
}
