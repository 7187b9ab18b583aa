/// A configuration that is refused, with everything that is wrong with it.
public struct ConfigurationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// At least one; those of a file in the order of its lines.
    public let problems: [ConfigurationProblem]

    public init(_ problems: [ConfigurationProblem]) {
        self.problems = problems
    }

    init(key: String, place: SettingPlace, message: String, allowed: String = "") {
        self.init([ConfigurationProblem(key: key, place: place, message: message, allowed: allowed)])
    }

    /// One problem on its line, several under a heading; safe to print and to log.
    public var description: String {
        if problems.count == 1, let problem = problems.first { return problem.description }
        let lines = problems.map { "\n  \($0)" }.joined()
        return "the configuration has \(problems.count) problems:" + lines
    }
}
