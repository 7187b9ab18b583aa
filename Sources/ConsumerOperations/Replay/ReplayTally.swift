package import CommandLineKit
import RelayOperations

/// What came of records that were read again. Pure.
package struct ReplayTally: Sendable {
    /// How many are named; the others are counted.
    private static let named = 1_000

    package var applied = 0
    package var duplicates = 0
    package var passedOver = 0
    /// Refused, but known as dead letters or parked events: they are dealt with there.
    package var deadLetters = 0
    package private(set) var rejectedCount = 0
    private var rejected: [(place: RecordPlace, reason: String)] = []

    package init() {}

    package mutating func reject(_ place: RecordPlace, _ reason: String) {
        rejectedCount += 1
        if rejected.count < Self.named { rejected.append((place, reason)) }
    }

    package var count: Int { applied + duplicates + passedOver + deadLetters + rejectedCount }

    package func text(isStopped: Bool) -> String {
        var text =
            "\(Quantity.count(applied)) applied, \(Quantity.count(duplicates)) duplicate, \(Quantity.count(rejectedCount)) rejected"
        if deadLetters > 0 {
            text += "; \(Quantity.count(deadLetters)) are dead letters or wait behind one, and were left to dlq"
        }
        if passedOver > 0 { text += "; \(Quantity.count(passedOver)) of types that the consumer does not handle" }
        if isStopped { text += "; then stopped" }
        for refusal in rejected.prefix(20) { text += "\n  \(refusal.place)  \(TerminalText.printable(refusal.reason))" }
        if rejectedCount > 20 { text += "\n  and \(Quantity.count(rejectedCount - 20)) more" }
        return text
    }

    package func members(isStopped: Bool) -> [JSONValue.Member] {
        [
            .init("applied", JSONValue(applied)), .init("duplicate", JSONValue(duplicates)),
            .init("rejected", JSONValue(rejectedCount)), .init("dead_letters", JSONValue(deadLetters)),
            .init("passed_over", JSONValue(passedOver)), .init("stopped", JSONValue(isStopped)),
            .init(
                "rejections",
                .array(rejected.map { ["record": JSONValue("\($0.place)"), "reason": JSONValue($0.reason)] })),
        ]
    }
}
