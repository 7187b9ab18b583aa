import CommandLineKit

/// One event that is not as it should be.
struct VerificationFinding: Sendable {
    enum Kind: String, CaseIterable, Sendable {
        case missing
        case duplicate
        case outOfOrder = "out_of_order"
        case unexpected

        var title: String {
            switch self {
            case .missing: "missing: published by the table, not in the topic"
            case .duplicate: "duplicate: in the topic more than once"
            case .outOfOrder: "out of order: behind a later event of the same key"
            case .unexpected: "unexpected: in the topic, and no such row"
            }
        }
    }

    let kind: Kind
    let eventID: String
    let topic: String
    var partition: Int32?
    var offset: Int64?
    /// Insertion order of the event that came too early.
    var behind: Int64?
    /// Unix µs.
    var createdAt: Int64?

    var json: JSONValue {
        var members: [JSONValue.Member] = [
            .init("kind", JSONValue(kind.rawValue)), .init("event_id", JSONValue(eventID)), .init("topic", JSONValue(topic)),
            .init("partition", JSONValue(partition)), .init("offset", JSONValue(offset)),
        ]
        if let behind { members.append(.init("behind_seq", JSONValue(behind))) }
        if let createdAt { members.append(.init("created_at", JSONValue(TimePoint.text(createdAt)))) }
        return .object(members)
    }

    var line: String {
        let place = partition.flatMap { partition in offset.map { " \(partition)@\($0)" } } ?? ""
        let created = createdAt.map { ", created \(TimePoint.text($0))" } ?? ""
        return TerminalText.printable("\(eventID)  \(topic)\(place)\(created)\(behind.map { ", behind seq \($0)" } ?? "")")
    }
}
