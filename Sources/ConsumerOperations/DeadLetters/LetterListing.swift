import CommandLineKit
import ConsumerKit
import Kafka
public import RelayOperations

/// `dlq list` and `dlq show`.
public enum LetterListing {
    /// The letters of the selection, without what they hold.
    ///
    /// - Parameters:
    ///   - limit: how many are shown; the others are counted.
    ///   - showsAllStates: also those that were retried or discarded.
    public static func list(
        _ session: ConsumerSession, _ selection: LetterSelection, limit: Int, showsAllStates: Bool
    ) throws(OperationError) -> Report {
        let page = try LetterPage(session, selection, limit: limit, showsAllStates: showsAllStates)
        let table = page.letters.isEmpty ? "" : Self.table([page], showsAllStates, namesConsumers: false) + "\n"
        return Report(text: table + page.sentence + "\n", json: document(page))
    }

    /// The same of several consumers; of those that have none, nothing is said.
    public static func list(
        _ sessions: [ConsumerSession], _ selection: LetterSelection, limit: Int, showsAllStates: Bool
    ) throws(OperationError) -> Report {
        var pages: [LetterPage] = []
        var left = limit
        for session in sessions {
            let page = try LetterPage(session, selection, limit: left, showsAllStates: showsAllStates)
            guard !page.isEmpty else { continue }
            left -= page.letters.count
            pages.append(page)
        }
        var text = pages.contains { !$0.letters.isEmpty } ? table(pages, showsAllStates, namesConsumers: true) + "\n" : ""
        text += pages.isEmpty ? "no \(showsAllStates ? "" : "open ")dead letters" : pages.map(\.sentence).joined(separator: "\n")
        return Report(
            text: text + "\n",
            json: [
                "count": JSONValue(pages.reduce(0) { $0 + $1.count }), "consumers": .array(pages.map { document($0) }),
            ])
    }

    private static func table(_ pages: [LetterPage], _ showsAllStates: Bool, namesConsumers: Bool) -> String {
        var table = Table(
            (namesConsumers ? [("CONSUMER", Table.Alignment.left)] : [])
                + ["LETTER", "FAILED AT", "CLASS", "EVENT"].map { ($0, Table.Alignment.left) } + [("PARKED", .right)]
                + (showsAllStates ? [("STATE", .left)] : []) + [("REASON", .left)])
        for page in pages {
            for letter in page.letters {
                table.append(
                    (namesConsumers ? [page.consumer] : [])
                        + ["\(letter.place)", letter.failedAt, letter.kind, letter.eventID ?? "-", String(letter.parked)]
                        + (showsAllStates ? [letter.state] : []) + [letter.reason])
            }
        }
        return table.render()
    }

    private static func document(_ page: LetterPage) -> JSONValue {
        [
            "consumer": JSONValue(page.consumer), "count": JSONValue(page.count), "parked": JSONValue(page.parked),
            "parked_free": JSONValue(page.free),
            "classes": .object(page.sums.map { JSONValue.Member($0.kind, JSONValue($0.count)) }),
            "letters": .array(page.letters.map { .object(members($0)) }),
        ]
    }

    /// Letters with headers, key and value.
    public static func show(_ session: ConsumerSession, _ word: String) throws(OperationError) -> Report {
        let letters = try LetterStore(session: session).letters(
            LetterSelection(words: [word]), openOnly: false, limit: 16, withRecords: true)
        guard !letters.isEmpty else {
            throw OperationError(
                "there is no dead letter \(word) of \(session.name): topic/partition:offset or an event id, as dlq list shows it")
        }
        let documents = letters.map { letter -> JSONValue in
            .object(
                members(letter) + [
                    .init("key", JSONValue(letter.record.key.map(LetterText.shown))),
                    .init("value", JSONValue(letter.record.value.map(LetterText.shown))),
                    .init(
                        "headers",
                        .array(
                            letter.record.headers.map {
                                ["name": JSONValue($0.name), "value": JSONValue($0.value.map(LetterText.shown))]
                            })),
                ])
        }
        return Report(
            text: letters.map(page).joined(separator: "\n"),
            json: ["consumer": JSONValue(session.name), "letters": .array(documents)])
    }

    private static func page(_ letter: StoredLetter) -> String {
        var table = Table(["", ""])
        table.append(["letter", "\(letter.place)"])
        table.append(["state", letter.state + (letter.changedAt.map { " at \($0) by \(letter.changedBy ?? "?")" } ?? "")])
        table.append(["event id", letter.eventID ?? "none"])
        table.append(["class", letter.kind])
        table.append(["reason", letter.reason])
        table.append(["attempts", String(letter.attempts)])
        table.append([
            "failed at", letter.failedAt + (letter.firstFailedAt == letter.failedAt ? "" : ", first \(letter.firstFailedAt)"),
        ])
        table.append(["sent to", letter.deadLetterTopic])
        table.append(["parked", letter.parked == 1 ? "1 event of its key" : "\(Quantity.count(letter.parked)) events of its key"])
        if let time = letter.record.timestampMilliseconds { table.append(["written at", TimePoint.text(time * 1_000)]) }
        table.append(["key", letter.record.key.map(LetterText.shown) ?? "none"])
        for header in letter.record.headers {
            table.append(["header", "\(header.name)=\(header.value.map(LetterText.shown) ?? "null")"])
        }
        table.append(["value", letter.record.value.map(LetterText.shown) ?? "none"])
        return table.render()
    }

    private static func members(_ letter: StoredLetter) -> [JSONValue.Member] {
        [
            .init("letter", JSONValue("\(letter.place)")), .init("topic", JSONValue(letter.place.topic)),
            .init("partition", JSONValue(letter.place.partition)), .init("offset", JSONValue(letter.place.offset)),
            .init("event_id", JSONValue(letter.eventID)), .init("class", JSONValue(letter.kind)),
            .init("reason", JSONValue(letter.reason)), .init("attempts", JSONValue(letter.attempts)),
            .init("first_failed_at", JSONValue(letter.firstFailedAt)), .init("failed_at", JSONValue(letter.failedAt)),
            .init("state", JSONValue(letter.state)), .init("changed_at", JSONValue(letter.changedAt)),
            .init("changed_by", JSONValue(letter.changedBy)), .init("dlq_topic", JSONValue(letter.deadLetterTopic)),
            .init("parked", JSONValue(letter.parked)),
        ]
    }
}
