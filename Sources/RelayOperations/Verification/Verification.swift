import CommandLineKit
import Kafka
import OutboxModel
import PostgresClient
import RelayCore
public import ServiceRuntime
import Telemetry

/// `verify`: holds the table and its topics against each other.
///
/// Rows are read first and the topics' ends are noted behind that, so that every row that says PUBLISHED has its record below the
/// end. What does not fit into memory is done in several passes, each with a share of the keys. One thread's.
public final class Verification {
    private static let statementTimeout: Int64 = 3_600_000
    /// How far a record's clock may be behind its row's, µs.
    private static let clockMargin: Int64 = 300_000_000
    private static let candidateBatch = 500

    private let session: OperatorSession
    private let options: VerificationOptions
    private let stop: StopSignal
    private let rows: VerificationRows
    private let file: FindingsFile?
    private var result = VerificationResult()
    private var candidates: [VerificationFinding] = []
    private let judgesUnexpected: Bool

    /// - Parameter stop: set by Ctrl-C.
    public init(_ session: OperatorSession, _ options: VerificationOptions, stop: StopSignal) throws(OperationError) {
        self.session = session
        self.options = options
        self.stop = stop
        rows = try VerificationRows(session, options, stop: stop)
        file = try options.file.map { path throws(OperationError) in try FindingsFile(path) }
        // Where publication deletes the row, no record has one.
        judgesUnexpected = session.options.afterPublish != .delete
    }

    /// Does it all. Not right when something is wrong.
    public func run(progress: (String) -> Void) throws(OperationError) -> Report {
        progress("counting rows")
        let total = try rows.count()
        let passes = try VerificationPasses(rows: total, memory: options.memory)
        result.passes = passes.count
        var ledger = VerificationLedger(capacity: passes.capacity, longestTransaction: options.longestTransaction)
        for pass in 0..<passes.count {
            let title = passes.count == 1 ? "" : "pass \(pass + 1) of \(passes.count): "
            ledger.removeAll()
            try load(&ledger, pass, passes) { progress("\(title)\($0)") }
            for topic in result.topics { try scan(topic, &ledger, pass, passes) { progress("\(title)\($0)") } }
            try flush()
            if ledger.missingCount > 0 { try reportMissing(ledger) { progress("\(title)\($0)") } }
        }
        note()
        try file?.close()
        return result.report(options, table: rows.table.name.shown)
    }

    // MARK: Rows

    private func load(
        _ ledger: inout VerificationLedger, _ pass: Int, _ passes: VerificationPasses, progress: (String) -> Void
    ) throws(OperationError) {
        var topics: Set<String> = []
        var isFull = false
        let isFirst = pass == 0
        var read = 0
        try rows.read { row throws(OperationError) in
            read += 1
            if read & 0x3FFF == 0 { progress("\(Quantity.count(read)) rows read") }
            if isFirst { count(row) }
            guard let topic = row.topic, passes.pass(of: row.key) == pass else {
                if isFirst, let topic = row.topic { topics.insert(topic) }
                return
            }
            if isFirst { topics.insert(topic) }
            if !ledger.add(
                row.id, sequence: row.sequence, createdAt: row.createdAt, state: row.isPublished ? .published : .undecided)
            {
                isFull = true
            }
            guard !isFull else {
                throw OperationError(
                    "a few keys own so many of the \(Quantity.count(result.rows)) events that they do not fit into "
                        + "\(Quantity.bytes(options.memory)): narrow the range by --since and --until or --topic, or raise --memory"
                )
            }
        }
        if isFirst { result.topics = topics.filter { $0 != session.options.routing.deadLetterTopic }.sorted() }
    }

    private func count(_ row: VerificationRows.Row) {
        result.rows += 1
        switch row.state {
        case .published: result.published += 1
        case .waiting: result.waiting += 1
        case .dead: result.dead += 1
        case .young: result.young += 1
        }
        if row.topic == nil, row.state != .dead { result.unpublishable += 1 }
        guard row.state == .published, let time = row.publishedAt ?? row.createdAt.map({ $0 + options.lag }) else { return }
        result.judgedFrom = min(result.judgedFrom ?? .max, time)
    }

    // MARK: Records

    private func scan(
        _ topic: String, _ ledger: inout VerificationLedger, _ pass: Int, _ passes: VerificationPasses, progress: (String) -> Void
    ) throws(OperationError) {
        guard let scan = try TopicScan.open(topic, session.options, stop: stop) else {
            if pass == 0 { result.missingTopics.append(topic) }
            return
        }
        let starts = try scan.offsets(since: options.range.since.map { $0 - Self.clockMargin })
        let topicNumber = UInt32(result.topics.firstIndex(of: topic) ?? 0)
        let header = Array(session.options.format.idHeader.utf8)
        let markers = [EventMarker.replayedAt, EventMarker.retriedFrom].map { Array($0.utf8) }
        try scan.read(from: starts, progress: { progress("\(topic) \(100 * $0.done / max(1, $0.total)) %") }) {
            record throws(OperationError) in
            var id: EventFingerprint?
            var isRepeat = false
            record.forEachHeader { name, value in
                if name.elementsEqual(header) {
                    id = value.map { EventFingerprint($0) }
                } else if markers.contains(where: { name.elementsEqual($0) }) {
                    isRepeat = true
                }
                return true
            }
            if pass == 0 { result.records += 1 }
            guard let id else {
                if pass == 0 { result.foreign += 1 }
                return .more
            }
            let key = record.key.map { EventFingerprint.hash($0) } ?? EventFingerprint.hash([])
            guard passes.pass(of: key) == pass else { return .more }
            let place = topicNumber << 20 ^ UInt32(bitPattern: record.partition)
            let sighting = ledger.see(VerificationLedger.Record(id: id, key: key, partition: place, isRepeat: isRepeat))
            try judge(sighting, record, topic)
            return .more
        }
    }

    private func judge(
        _ sighting: VerificationLedger.Sighting, _ record: borrowing RawRecord, _ topic: String
    ) throws(OperationError) {
        switch sighting {
        case .fine: return
        case .repeatedOnPurpose: result.repeated += 1
        case .duplicate: add(finding(.duplicate, record, topic))
        case .outOfOrder(let isCertain, let behind):
            guard isCertain || options.isOrderStrict else {
                result.overlapping += 1
                return
            }
            var found = finding(.outOfOrder, record, topic)
            found.behind = behind
            add(found)
        case .unknown:
            guard judgesUnexpected, let from = result.judgedFrom, let time = record.timestampMilliseconds.map({ $0 * 1_000 }),
                time >= max(from, options.range.since ?? .min), time < options.range.until ?? .max
            else { return }
            candidates.append(finding(.unexpected, record, topic))
            if candidates.count >= Self.candidateBatch { try flush() }
        }
    }

    /// Unknown records may belong to rows outside of the range, or committed since: the table is asked.
    private func flush() throws(OperationError) {
        guard !candidates.isEmpty else { return }
        let existing = try rows.table.existing(candidates.map(\.eventID), on: session.connection)
        for candidate in candidates where !existing.contains(candidate.eventID.lowercasedUUID) { add(candidate) }
        candidates = []
    }

    private func finding(_ kind: VerificationFinding.Kind, _ record: borrowing RawRecord, _ topic: String) -> VerificationFinding
    {
        let header = Array(session.options.format.idHeader.utf8)
        var id = ""
        record.forEachHeader { name, value in
            if name.elementsEqual(header), let value { id = String(decoding: value, as: UTF8.self) }
            return true
        }
        return VerificationFinding(kind: kind, eventID: id, topic: topic, partition: record.partition, offset: record.offset)
    }

    // MARK: Missing

    /// The ledger keeps no ids as text, so the rows are read once more.
    private func reportMissing(_ ledger: VerificationLedger, progress: (String) -> Void) throws(OperationError) {
        var horizons: [String: TopicHorizon] = [:]
        progress("naming what is missing")
        try rows.read { row throws(OperationError) in
            guard let topic = row.topic, ledger.isMissing(row.id) else { return }
            if horizons[topic] == nil { horizons[topic] = try horizon(topic) }
            guard horizons[topic]?.covers(row.createdAt) == true else {
                result.beyondRetention += 1
                return
            }
            add(VerificationFinding(kind: .missing, eventID: row.idText, topic: topic, createdAt: row.createdAt))
        }
    }

    private func horizon(_ topic: String) throws(OperationError) -> TopicHorizon {
        let now = MonotonicTime.wallClockMicroseconds()
        guard let scan = try TopicScan.open(topic, session.options, stop: stop) else {
            return TopicHorizon(oldest: [], retentionMilliseconds: nil, retentionBytes: nil, isCompacted: false, now: now)
        }
        var oldest: [Int32: Int64?] = [:]
        for bounds in scan.bounds where bounds.start > 0 { oldest[bounds.partition] = .some(nil) }
        if !oldest.isEmpty {
            let ends = scan.bounds.map { $0.start > 0 ? $0.start + 1 : 0 }
            try scan.read(from: scan.bounds.map(\.start), to: ends) { record in
                oldest[record.partition] = .some(record.timestampMilliseconds)
                return .more
            }
        }
        var settings: KafkaProperties?
        if let admin = try? Admin(properties: KafkaProperties(session.options.kafka), logger: .disabled) {
            settings = try? admin.topicSettings(topic, timeoutMilliseconds: 5_000)
            admin.close()
        }
        return TopicHorizon(
            oldest: Array(oldest.values), retentionMilliseconds: settings?["retention.ms"].flatMap { Int64($0) },
            retentionBytes: settings?["retention.bytes"].flatMap { Int64($0) },
            isCompacted: settings?["cleanup.policy"]?.contains("compact") ?? false, now: now)
    }

    private func add(_ finding: VerificationFinding) {
        result.add(finding)
        file?.write(finding)
    }

    /// Says what could not be judged.
    private func note() {
        if !judgesUnexpected {
            result.notes.append(
                "after.publish=delete: published rows are gone, so neither missing nor unexpected events can be found")
        } else if let from = result.judgedFrom {
            result.notes.append("unexpected records are judged from \(TimePoint.text(from)): older rows may have been cleaned up")
        } else {
            result.notes.append("no row is published: unexpected records are not judged")
        }
        if !rows.knowsOrder { result.notes.append("the table has no seq: order per key is not judged (column.seq)") }
        if !rows.knowsState { result.notes.append("the table has neither status nor created_at: missing events are not judged") }
        for topic in result.missingTopics { result.notes.append("the topic \(topic) does not exist") }
    }
}

extension String {
    /// A uuid as Postgres prints it; any other text as it is.
    fileprivate var lowercasedUUID: String { EventFingerprint.uuid(utf8) == nil ? self : lowercased() }
}
