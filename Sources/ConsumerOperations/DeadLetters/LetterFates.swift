package import CommandLineKit
package import ConsumerKit
package import RelayOperations

/// What came of letters and of the events that were parked behind them. Pure.
package struct LetterFates: Sendable {
    package enum Fate: Equatable, Sendable {
        case applied
        /// The inbox knew it: it has had its effect.
        case duplicate
        /// The consumer does not handle its type any more; there was nothing to do.
        case passedOver
        /// A letter stays open with this reason; a parked event has become a letter itself.
        case refused(String)
        /// An earlier open letter of its key has to go first.
        case held(by: RecordPlace)
        /// Somebody else dealt with it meanwhile.
        case gone

        /// nil when it failed.
        package init?(_ outcome: EventApplication.Outcome) {
            switch outcome {
            case .applied: self = .applied
            case .duplicate: self = .duplicate
            case .passedOver: self = .passedOver
            case .rejected(let reason): self = .refused(reason)
            case .failed: return nil
            }
        }

        /// Whether the event is done with.
        package var isDone: Bool {
            switch self {
            case .applied, .duplicate: true
            case .passedOver, .refused, .held, .gone: false
            }
        }

        var words: (outcome: String, reason: String?) {
            switch self {
            case .applied: ("applied", nil)
            case .duplicate: ("duplicate", nil)
            case .passedOver: ("passed_over", "the consumer does not handle its type: discard it")
            case .refused(let reason): ("refused", reason)
            case .held(let place): ("held", "the earlier dead letter \(place) of its key is open: retry or discard that first")
            case .gone: ("gone", "somebody else dealt with it meanwhile")
            }
        }
    }

    /// How many are named one by one; the others are counted.
    private static let named = 1_000

    private var all: [(place: RecordPlace, eventID: String?, isParked: Bool, fate: Fate)] = []
    package private(set) var letters: [String: Int] = [:]
    package private(set) var parked: [String: Int] = [:]

    package init() {}

    package mutating func add(_ place: RecordPlace, eventID: String?, isParked: Bool, _ fate: Fate) {
        if isParked { parked[fate.words.outcome, default: 0] += 1 } else { letters[fate.words.outcome, default: 0] += 1 }
        if all.count < Self.named || fate.words.reason != nil { all.append((place, eventID, isParked, fate)) }
    }

    package var count: Int { letters.values.reduce(0, +) + parked.values.reduce(0, +) }

    /// Whether something that was to be applied was not.
    package var isFailed: Bool {
        letters.contains { $0.key != "applied" && $0.key != "duplicate" && $0.key != "gone" && $0.key != "discarded" }
            || parked["refused"] != nil
    }

    /// Discarding has no fates but this.
    package mutating func addDiscarded(_ count: Int) { if count > 0 { letters["discarded", default: 0] += count } }

    private static let order = ["applied", "duplicate", "discarded", "refused", "held", "passed_over", "gone"]

    private static func sums(_ counts: [String: Int]) -> String {
        order.compactMap { word in
            counts[word].map {
                let said =
                    switch word {
                    case "duplicate": "known already"
                    case "refused": "refused"
                    case "passed_over": "of a type that is not handled"
                    case "gone": "dealt with by somebody else"
                    default: word
                    }
                return "\(Quantity.count($0)) \(said)"
            }
        }.joined(separator: ", ")
    }

    package func text(isStopped: Bool) -> String {
        var text = letters.isEmpty ? "" : "letters: " + Self.sums(letters)
        if !parked.isEmpty { text += (text.isEmpty ? "" : "; ") + "parked events: " + Self.sums(parked) }
        if text.isEmpty { text = "nothing was done" }
        if isStopped { text += "; then stopped" }
        let troubles = all.filter { $0.fate.words.reason != nil }
        for trouble in troubles.prefix(20) {
            let reason = TerminalText.printable(trouble.fate.words.reason ?? "")
            text += "\n  \(trouble.place)  \(trouble.eventID ?? "-")  \(trouble.isParked ? "parked; " : "")\(reason)"
        }
        if troubles.count > 20 { text += "\n  and \(Quantity.count(troubles.count - 20)) more" }
        if parked["refused"] != nil { text += "\nparked events that were refused are dead letters now" }
        return text
    }

    /// What the command says at its end.
    ///
    /// - Parameter trouble: what kept it from going on after these.
    package func result(isStopped: Bool, trouble: OperationError?) -> PlannedChange.Result {
        var text = text(isStopped: isStopped)
        if let trouble { text += "\nthen it could not go on: \(trouble)\nrepeat the command for what is left" }
        return PlannedChange.Result(
            text, members(isStopped: isStopped) + [.init("trouble", JSONValue(trouble.map { "\($0)" }))],
            isFailed: isFailed || isStopped || trouble != nil)
    }

    package func members(isStopped: Bool) -> [JSONValue.Member] {
        func sums(_ counts: [String: Int]) -> JSONValue {
            .object(Self.order.compactMap { word in counts[word].map { JSONValue.Member(word, JSONValue($0)) } })
        }
        return [
            .init("stopped", JSONValue(isStopped)), .init("letters", sums(letters)), .init("parked", sums(parked)),
            .init(
                "events",
                .array(
                    all.prefix(Self.named).map { event in
                        [
                            "letter": JSONValue("\(event.place)"), "event_id": JSONValue(event.eventID),
                            "was_parked": JSONValue(event.isParked), "outcome": JSONValue(event.fate.words.outcome),
                            "reason": JSONValue(event.fate.words.reason),
                        ]
                    })),
        ]
    }
}
