import ByteCoding
import CommandLineKit
import Kafka
import OutboxModel
import PostgresClient
import PostgresReplication
import RelayCore
public import ServiceRuntime

/// `where EVENT_ID`: looks an event up in the table, the slot, the running relay, its topic and the dead-letter topic. One thread's.
public final class EventSearch {
    /// How far the clocks of row and record may be apart, µs.
    private static let clockMargin: Int64 = 60_000_000

    private let session: OperatorSession
    private let stop: StopSignal
    private let address: StatusAddress?
    private var lines = Table(["", ""])
    private var members: [JSONValue.Member] = []

    /// - Parameter address: where the relay may be asked; nil for nowhere.
    public init(_ session: OperatorSession, address: StatusAddress?, stop: StopSignal) {
        self.session = session
        self.address = address
        self.stop = stop
    }

    /// - Parameters:
    ///   - topics: searched beside the row's own; without a row, instead of the default topic.
    ///   - since: Unix µs: how far back topics are searched when there is no row that tells.
    public func report(
        _ id: String, topics: [String], since: Int64, progress: (String) -> Void
    ) throws(OperationError) -> Report {
        let options = session.options
        let table = try OutboxTable(session)
        let row = try row(id, table)
        let fallback = options.routing.defaultTopic.map { [options.routing.prefix + $0] } ?? []
        var searched = topics
        if let topic = row?.topic, !searched.contains(topic) { searched.append(topic) }
        if searched.isEmpty { searched = fallback }
        let from = row == nil ? since : (row?.createdAt).map { $0 - Self.clockMargin }
        // What is marked was acknowledged before; a replay may be later, and is not looked for.
        let to = row?.status == "PUBLISHED" ? (row?.publishedAt).map { $0 + Self.clockMargin } : nil
        var places: [Whereabouts.Place] = []
        var reachesBack = true
        for topic in searched {
            places += try search(topic, id, from: from, to: to, progress: progress) { reachesBack = reachesBack && $0 }
        }
        let letters = row?.status == "PUBLISHED" ? [] : try letters(id, from: from, progress)
        let open = letters.filter { $0.marker == nil }
        let verdict = Whereabouts.verdict(row: row, isInTopic: !places.isEmpty, isDead: !open.isEmpty, reachesBack: reachesBack)
        lines.append([id, verdict.words])
        members += [.init("event_id", JSONValue(id)), .init("verdict", JSONValue(verdict.rawValue))]
        describe(row, table)
        for place in places { lines.append(["in Kafka", place.line]) }
        for letter in letters { lines.append(["dead letter", letter.line]) }
        if row == nil {
            lines.append(["searched", "\(searched.joined(separator: ", ")) since \(TimePoint.text(since)) (--topic, --since)"])
        }
        members += [
            .init("records", .array(places.map(\.json))), .init("dead_letters", .array(letters.map(\.json))),
            .init("searched", .array(searched.map { JSONValue($0) })),
        ]
        if verdict == .waiting || verdict == .undelivered || verdict == .unknown { try describeProgress() }
        return Report(text: lines.render(), json: .object(members), isRight: verdict.isRight)
    }

    // MARK: The row

    private func row(_ id: String, _ table: OutboxTable) throws(OperationError) -> Whereabouts.Row? {
        guard table.canBeID(id) else {
            throw OperationError("\(id) cannot be an event id: the column \(table.id) is of type \(table.idType)")
        }
        func text(_ role: ColumnRole) -> String { table.column(role).map { "\($0)::text" } ?? "NULL" }
        let statement = """
            SELECT \(table.routeColumns), \(text(.status)), \(table.microseconds(.createdAt) ?? "NULL"), \
            \(table.microseconds(.publishedAt) ?? "NULL"), \(text(.nextAttemptAt)), \(text(.retryCount)), \(text(.errorMessage)), \
            \(text(.lockedBy)) FROM \(table.name.quoted) WHERE \(table.id) = $1::\(table.idType)
            """
        let found = try attempt("looking for the event in \(table.name.shown)") { () throws(PostgresError) in
            try session.connection.execute(statement, [.text(id)], timeoutMilliseconds: 300_000)
        }
        guard found.rowCount > 0 else { return nil }
        let first = found.columnCount - 7
        // With after.publish=keep nobody writes the status.
        var row = Whereabouts.Row(status: session.options.afterPublish == .keep ? nil : found.text(0, first))
        row.createdAt = found.integer(0, first + 1)
        row.publishedAt = found.integer(0, first + 2)
        row.nextAttempt = found.text(0, first + 3)
        row.retries = found.text(0, first + 4)
        row.error = found.text(0, first + 5)
        row.lockedBy = found.text(0, first + 6)
        let composer = RowComposer(session.options, format: .payload)
        _ = try composer.route(found) { topic, _, _ in row.topic = composer.topicName(topic) }
        return row
    }

    private func describe(_ row: Whereabouts.Row?, _ table: OutboxTable) {
        guard let row else {
            lines.append(["row", "none in \(table.name.shown): not committed, rolled back, deleted, or never written"])
            members.append(.init("row", .null))
            return
        }
        var words = row.status ?? "present"
        if let time = row.createdAt { words += ", created \(TimePoint.text(time))" }
        if let time = row.publishedAt { words += ", published \(TimePoint.text(time))" }
        lines.append(["row", words])
        lines.append(["topic", row.topic ?? "none: the row cannot be published"])
        if let retries = row.retries, retries != "0" { lines.append(["failed attempts", retries]) }
        if let time = row.nextAttempt { lines.append(["next attempt", time]) }
        if let error = row.error { lines.append(["error", error]) }
        if let worker = row.lockedBy { lines.append(["claimed by", worker]) }
        members.append(
            .init(
                "row",
                [
                    "status": JSONValue(row.status), "created_at": JSONValue(row.createdAt.map { TimePoint.text($0) }),
                    "published_at": JSONValue(row.publishedAt.map { TimePoint.text($0) }), "topic": JSONValue(row.topic),
                    "retry_count": JSONValue(row.retries.flatMap { Int64($0) }), "next_attempt_at": JSONValue(row.nextAttempt),
                    "error": JSONValue(row.error), "locked_by": JSONValue(row.lockedBy),
                ]))
    }

    // MARK: Topics

    /// Every record of the event in the stretch of time; `reach` is told whether the topic still holds its beginning.
    private func search(
        _ topic: String, _ id: String, from: Int64?, to: Int64?, progress: (String) -> Void, reach: (Bool) -> Void
    ) throws(OperationError) -> [Whereabouts.Place] {
        guard let scan = try TopicScan.open(topic, session.options, stop: stop) else { return [] }
        let starts = try scan.offsets(since: from)
        let ends = try to.map { time throws(OperationError) in try scan.offsets(since: time) }
        // A partition that was cut off where the search begins may have held it.
        reach(!zip(scan.bounds, starts).contains { $0.start > 0 && $1 <= $0.start })
        let wanted = Array(id.utf8)
        let lower = Array(id.lowercased().utf8)
        let header = Array(session.options.format.idHeader.utf8)
        var places: [Whereabouts.Place] = []
        try scan.read(from: starts, to: ends, progress: { progress("searching \(topic), \(100 * $0.done / max(1, $0.total)) %") })
        {
            record throws(OperationError) in
            var isIt = false
            var marker: String?
            record.forEachHeader { name, value in
                if name.elementsEqual(header), let value {
                    isIt = value.elementsEqual(wanted) || value.elementsEqual(lower)
                } else if name.elementsEqual(EventMarker.replayedAt.utf8) {
                    marker = "replayed"
                } else if name.elementsEqual(EventMarker.retriedFrom.utf8) {
                    marker = "retried"
                }
                return true
            }
            guard isIt else { return .more }
            places.append(
                Whereabouts.Place(
                    topic: topic, partition: record.partition, offset: record.offset, timestamp: record.timestampMilliseconds,
                    marker: marker))
            return places.count < 100 ? .more : .enough
        }
        return places
    }

    private func letters(_ id: String, from: Int64?, _ progress: (String) -> Void) throws(OperationError) -> [Whereabouts.Place] {
        let options = session.options
        guard options.deadLetter == .topic else { return [] }
        let topic = options.routing.deadLetterTopic
        guard let scan = try TopicScan.open(topic, options, stop: stop) else { return [] }
        let known = try DeadLetterStates(session: session, topic: topic).read()
        var places: [Whereabouts.Place] = []
        try scan.read(from: try scan.offsets(since: from), progress: { _ in progress("searching \(topic)") }) {
            record throws(OperationError) in
            let letter = DeadLetter(record, keepsPayload: false)
            guard letter.eventID == id || letter.eventID == id.lowercased() else { return .more }
            places.append(
                Whereabouts.Place(
                    topic: topic, partition: record.partition, offset: record.offset, timestamp: record.timestampMilliseconds,
                    marker: known[DeadLetterStates.Key(letter)]?.rawValue, reason: letter.reason))
            return .more
        }
        return places
    }

    // MARK: The relay

    /// Where slot and relay stand, for an event that is not there yet. Which of the WAL's transactions is the event's Postgres does
    /// not tell once the row was updated, so the positions are shown and not compared.
    private func describeProgress() throws(OperationError) {
        let end = try session.walEnd()
        members.append(.init("wal_end", JSONValue("\(end)")))
        if let slot = try session.slot() {
            let confirmed = slot.confirmedFlushLSN
            let behind = confirmed.map { end.rawValue >= $0.rawValue ? end.rawValue - $0.rawValue : 0 }
            lines.append([
                "slot",
                "confirmed \(confirmed.map { "\($0)" } ?? "nothing"), WAL ends at \(end), "
                    + "\(Quantity.bytes(behind ?? 0)) ahead of the relay; \(slot.isActive ? "somebody streams" : "nobody streams")",
            ])
            members += [
                .init("slot_confirmed_lsn", JSONValue(confirmed.map { "\($0)" })), .init("wal_ahead_bytes", JSONValue(behind)),
                .init("slot_active", JSONValue(slot.isActive)),
            ]
        } else {
            lines.append(["slot", "\(session.options.slotName) does not exist"])
            members.append(.init("slot_confirmed_lsn", .null))
        }
        guard let address else { return }
        do throws(OperationError) {
            let answer = try RelayAnswer.fetch(address)
            let inFlight = answer.document["in_flight_events"]?.integer ?? 0
            lines.append([
                "relay",
                "\(answer.phase), \(Quantity.count(inFlight)) in flight, received up to \(answer.document["received_lsn"]?.text ?? "?")",
            ])
            members += [
                .init("relay_phase", JSONValue(answer.phase)), .init("relay_in_flight_events", JSONValue(inFlight)),
                .init("relay_received_lsn", answer.document["received_lsn"] ?? .null),
            ]
        } catch {
            lines.append(["relay", "does not answer: \(error)"])
            members.append(.init("relay_phase", .null))
        }
    }
}
