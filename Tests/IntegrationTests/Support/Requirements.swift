import Drills
import LocalServers
import TestSupport
import Testing

extension Trait where Self == ConditionTrait {
    /// Skips the tests, with a line that says what they need, where there is no real broker or server; never with CI=true.
    static var needsServers: Self { .enabled(if: TestServers.areAvailable, Comment(rawValue: TestServers.howToGetThem)) }
}

/// Versions of PostgreSQL to run a test on.
enum Versions {
    /// Every installed one, the oldest first.
    static let all = TestServers.installations.map(\.majorVersion)

    /// Where the versions differ most; the only one when there is only one.
    static var oldestAndNewest: [Int] { Array(Set([all.first, all.last].compactMap { $0 })).sorted() }

    /// Those that have row filters and column lists.
    static var withRestrictions: [Int] { all.filter { $0 >= 15 } }
}
