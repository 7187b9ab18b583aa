/// What the command line said, handed to a command's body.
public struct ParsedArguments: Sendable {
    /// The names from the root to the command: `["outbox-relay", "slot", "list"]`.
    public let path: [String]
    var optionValues: [String: [String]] = [:]
    var flags: Set<String> = []
    var positionals: [String: [String]] = [:]
    var defaults: [String: String] = [:]

    /// For tests of command bodies: arguments without a command line.
    public init(
        path: [String], flags: Set<String> = [], options: [String: [String]] = [:], arguments: [String: [String]] = [:]
    ) {
        self.path = path
        self.flags = flags
        self.optionValues = options
        self.positionals = arguments
    }

    /// Whether a flag was given.
    public func flag(_ name: String) -> Bool { flags.contains(name) }

    /// The (last) value of an option, its default, or nil.
    public func option(_ name: String) -> String? { optionValues[name]?.last ?? defaults[name] }

    /// All values of a repeatable option, in the order given.
    public func values(_ name: String) -> [String] { optionValues[name] ?? [] }

    /// The first word of a positional argument, nil when an optional one is missing.
    public func argument(_ name: String) -> String? { positionals[name]?.first }

    /// All words of a positional argument.
    public func arguments(_ name: String) -> [String] { positionals[name] ?? [] }

    /// An option read as a whole number.
    /// - Throws: a usage error when it is not a number or outside `range`.
    public func integer(_ name: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
        guard let text = option(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw UsageError(
                "--\(name) needs a whole number from \(range.lowerBound) to \(range.upperBound)", path: path)
        }
        return number
    }

    /// An option read as a decimal number.
    /// - Throws: a usage error when it is not a finite number or outside `range`.
    public func decimal(_ name: String, in range: ClosedRange<Double>) throws(UsageError) -> Double? {
        guard let text = option(name) else { return nil }
        guard let number = Double(text), range.contains(number) else {
            throw UsageError("--\(name) needs a number from \(range.lowerBound) to \(range.upperBound)", path: path)
        }
        return number
    }
}
