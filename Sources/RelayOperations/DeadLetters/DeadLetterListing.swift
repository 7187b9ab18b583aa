import CommandLineKit
import OutboxModel
import PostgresClient

/// `dlq list` and `dlq show`.
public enum DeadLetterListing {
    /// The letters of the selection, without their payloads.
    ///
    /// - Parameters:
    ///   - limit: how many are shown; the others are counted.
    ///   - showsAllStates: also those that were retried or discarded.
    public static func list(
        _ box: DeadLetterBox, _ selection: DeadLetterSelection, limit: Int, showsAllStates: Bool, progress: (String) -> Void
    ) throws(OperationError) -> Report {
        var shown: [DeadLetterBox.Entry] = []
        var count = 0
        var reasons: [String: Int] = [:]
        let bounds = try box.scan(selection, keepsPayload: false, progress: progress) { entry in
            guard showsAllStates || entry.state == .open else { return }
            count += 1
            reasons[entry.letter.reason, default: 0] += 1
            if shown.count < limit { shown.append(entry) }
        }
        var table = Table(["LETTER", "FAILED AT", "REASON", "ORIGINAL TOPIC", "EVENT"] + (showsAllStates ? ["STATE"] : []))
        for entry in shown {
            let letter = entry.letter
            table.append([
                "\(letter.position)", TimePoint.text(letter.failedAt), letter.reason, letter.originalTopic ?? "-",
                letter.eventID ?? "-", entry.state.rawValue,
            ])
        }
        var text = table.isEmpty ? "" : table.render() + "\n"
        text += "\(Quantity.count(count)) \(showsAllStates ? "" : "open ")letter\(count == 1 ? "" : "s") in \(box.topic)"
        if count > shown.count { text += ", \(Quantity.count(count - shown.count)) not shown (--limit)" }
        if bounds.isEmpty { text += "; the topic does not exist (dead.letter.topic)" }
        let sums = reasons.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        if !sums.isEmpty { text += ": " + sums.map { "\($0.key) \(Quantity.count($0.value))" }.joined(separator: ", ") }
        let document: JSONValue = [
            "topic": JSONValue(box.topic), "count": JSONValue(count),
            "reasons": .object(sums.map { JSONValue.Member($0.key, JSONValue($0.value)) }),
            "letters": .array(shown.map { .object(members($0)) }),
        ]
        return Report(text: text + "\n", json: document)
    }

    /// One letter with everything, the payload included. Not right when there is none.
    public static func show(_ box: DeadLetterBox, _ word: String, progress: (String) -> Void) throws(OperationError) -> Report {
        var found: [DeadLetterBox.Entry] = []
        let selection = DeadLetterSelection(words: [word])
        _ = try box.scan(selection, keepsPayload: true, progress: progress) { entry in
            // An event that failed again has several letters; the latest tells most.
            if found.count == 16 { found.removeFirst() }
            found.append(entry)
        }
        guard !found.isEmpty else {
            throw OperationError(
                "there is no letter \(word) in \(box.topic): partition@offset or an event id, as dlq list shows it")
        }
        var text = ""
        var documents: [JSONValue] = []
        for entry in found {
            let row = try rowStatus(box, entry.letter)
            text += (text.isEmpty ? "" : "\n") + page(entry, row: row)
            var members = members(entry)
            members += [
                .init("key", JSONValue(entry.letter.key.map(shown))),
                .init("payload", JSONValue(entry.letter.payload.map(shown))),
                .init("row_status", JSONValue(row)),
                .init(
                    "headers",
                    .array(
                        entry.letter.headers.map { ["name": JSONValue($0.name), "value": JSONValue($0.value.map(shown))] })),
            ]
            documents.append(.object(members))
        }
        return Report(text: text, json: ["topic": JSONValue(box.topic), "letters": .array(documents)])
    }

    private static func page(_ entry: DeadLetterBox.Entry, row: String?) -> String {
        let letter = entry.letter
        var table = Table(["", ""])
        table.append(["letter", "\(letter.position)"])
        table.append(["state", entry.state.rawValue])
        table.append(["event id", letter.eventID ?? "none"])
        table.append(["reason", letter.reason])
        table.append(["message", letter.message])
        table.append(["original topic", letter.originalTopic ?? "unknown"])
        table.append(["failed at", TimePoint.text(letter.failedAt)])
        table.append(["lsn", letter.lsn ?? ""])
        table.append(["row", row ?? "not in the table any more"])
        table.append(["key", letter.key.map(shown) ?? "none"])
        for header in letter.rowHeaders { table.append(["header", "\(header.name)=\(header.value.map(shown) ?? "null")"]) }
        if let size = letter.omittedPayload {
            table.append(["payload", "left out: \(size) bytes"])
        } else {
            table.append(["payload", letter.payload.map(shown) ?? "none"])
        }
        return table.render()
    }

    private static func shown(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    private static func rowStatus(_ box: DeadLetterBox, _ letter: DeadLetter) throws(OperationError) -> String? {
        let table = try OutboxTable(box.session)
        guard let id = letter.eventID, table.canBeID(id) else { return nil }
        let status = table.column(.status).map { "\($0)::text" } ?? "'present'"
        return try attempt("looking for the letter's row") { () throws(PostgresError) in
            try box.session.connection.execute(
                "SELECT \(status) FROM \(table.name.quoted) WHERE \(table.id) = $1::\(table.idType)", [.text(id)]
            ).scalar
        }
    }

    static func members(_ entry: DeadLetterBox.Entry) -> [JSONValue.Member] {
        let letter = entry.letter
        return [
            .init("letter", JSONValue("\(letter.position)")), .init("partition", JSONValue(letter.position.partition)),
            .init("offset", JSONValue(letter.position.offset)), .init("event_id", JSONValue(letter.eventID)),
            .init("reason", JSONValue(letter.reason)), .init("message", JSONValue(letter.message)),
            .init("original_topic", JSONValue(letter.originalTopic)),
            .init("failed_at", JSONValue(TimePoint.text(letter.failedAt))),
            .init("event_type", JSONValue(letter.eventType)), .init("aggregate_type", JSONValue(letter.aggregateType)),
            .init("lsn", JSONValue(letter.lsn)), .init("omitted_payload_bytes", JSONValue(letter.omittedPayload)),
            .init("state", JSONValue(entry.state.rawValue)),
        ]
    }
}
