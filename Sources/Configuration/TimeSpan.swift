/// A length of time as people write it: `7d`, `12h`, `90s`, `250ms`.
public struct TimeSpan: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Why a text is none.
    public struct Failure: Error, Equatable, Sendable, CustomStringConvertible {
        /// Follows the quoted text: "is not a length of time".
        public let description: String

        init(description: String) { self.description = description }
    }

    /// What a text may look like.
    public static let allowed = "a whole number with ms, s, m, h, d or w, for instance 7d"

    private static let units: [(name: String, milliseconds: Int64)] = [
        ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1),
    ]
    /// A hundred years: longer is a slip.
    private static let longest: Int64 = 36_525 * 86_400_000

    public let milliseconds: Int64

    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    public init(_ text: String) throws(Failure) {
        let digits = text.prefix { $0 >= "0" && $0 <= "9" }
        let unit = Self.units.first { $0.name == text.dropFirst(digits.count) }
        guard !digits.isEmpty, let unit else { throw Failure(description: "is not a length of time") }
        guard let number = Int64(digits), number <= Self.longest / unit.milliseconds else {
            throw Failure(description: "is longer than a hundred years")
        }
        milliseconds = number * unit.milliseconds
    }

    /// In the largest unit that leaves no remainder, days at most: `7d`, `90s`.
    public var description: String {
        guard milliseconds != 0 else { return "0s" }
        let unit = Self.units.dropFirst().first { milliseconds % $0.milliseconds == 0 } ?? ("ms", 1)
        return "\(milliseconds / unit.milliseconds)\(unit.name)"
    }

    public static func < (left: TimeSpan, right: TimeSpan) -> Bool { left.milliseconds < right.milliseconds }
}
