import CommandLineKit
import ConsumerKit
import Kafka
import PostgresClient
public import RelayOperations
import ServiceRuntime

/// `rebuild`: empties the tables that a consumer derives from events, and derives them again from all that its topics hold, while its
/// live instances go on. One thread's.
///
/// Tables and epoch change in one transaction that no batch overlaps. From then on every event counts once: whoever comes first, a live
/// instance or this command, claims it in the new epoch. The ends of the topics are taken after that, so what this command does not
/// read the live instances have still before them.
public final class ConsumerRebuild {
    private let session: ConsumerSession
    private let continues: Bool
    private let reader: RangeReader

    /// - Parameter continues: goes on with a rebuild that was interrupted, in its epoch, without emptying anything.
    public init(_ session: ConsumerSession, continues: Bool) {
        self.session = session
        self.continues = continues
        reader = RangeReader(session.kit.kafka, stop: session.stop)
    }

    public func plan(progress: @escaping (String) -> Void) throws(OperationError) -> PlannedChange {
        let consumer = try session.consumer()
        let definition = consumer.definition
        guard !definition.rebuildTables.isEmpty else {
            throw OperationError(
                """
                \(definition.name) has no tables that follow from its events alone: what it did cannot be taken back by emptying \
                tables, so there is nothing to rebuild\(definition.isRepeatable ? "; replay --again applies its events again" : "")
                """)
        }
        let (bounds, missing) = try reader.bounds(definition.topics)
        guard missing.isEmpty else {
            throw OperationError(
                "\(missing.joined(separator: ", ")) cannot be read: no such topic, and the rest alone is not all")
        }
        let total = bounds.values.reduce(0) { $0 + $1.end - $1.start }
        let tables = definition.rebuildTables.joined(separator: ", ")
        var notes = [
            "\(Quantity.count(total)) offsets of \(definition.topics.joined(separator: ", ")) are read",
            "until it is done the tables hold a part; live instances go on",
            "dead letters stay what they are, open or discarded: dlq",
        ]
        let cut = bounds.filter { $0.value.start > 0 }.sorted { $0.key < $1.key }
        if !cut.isEmpty {
            let places = cut.prefix(5).map { "\($0.key) begins at \($0.value.start)" }.joined(separator: ", ")
            notes.append(
                """
                \(cut.count) of \(bounds.count) partitions do not hold their first records any more: what only those told \
                will be missing (\(places))
                """)
        }
        return PlannedChange(
            action: "rebuild", object: "consumer \(definition.name)",
            sentence: continues
                ? "Go on deriving \(tables) from the topics of \(definition.name)"
                : "Empty \(tables) and derive them again from the topics of \(definition.name)",
            destroys: !continues, notes: notes,
            statements: continues ? [] : [Self.truncate(definition), "UPDATE consumer_state SET epoch = epoch + 1"],
            perform: { () throws(OperationError) in try self.perform(consumer, progress) })
    }

    private func perform(
        _ consumer: ConfiguredConsumer, _ progress: (String) -> Void
    ) throws(OperationError) -> PlannedChange.Result {
        let definition = consumer.definition
        let application = try RangeApplication(session, consumer, reader: reader, again: false)
        if !continues {
            progress("waiting for the transactions that run")
            try reset(definition)
        }
        let epoch = try attempt("reading the epoch") { () throws(PostgresError) in
            try session.connection.execute("SELECT epoch FROM consumer_state WHERE consumer_name = $1", [.text(session.name)])
                .integer(0, 0)
        }
        do throws(OperationError) {
            let (bounds, missing) = try reader.bounds(definition.topics)
            guard missing.isEmpty else { throw OperationError("\(missing.joined(separator: ", ")) is gone") }
            let ranges = bounds.sorted { $0.key < $1.key }.map {
                RecordRange(place: $0.key, start: $0.value.start, end: $0.value.end)
            }
            // In the present epoch, not the one seen here: should somebody begin anew meanwhile, this helps along.
            try application.run(ranges, EventApplication.Options(isExclusive: false), progress)
        } catch {
            throw OperationError(
                "\(error.description)\nthe tables hold a part now: outbox-consumer rebuild \(session.name) --continue")
        }
        let isStopped = session.stop.isSet
        let tally = application.tally
        var text = tally.text(isStopped: isStopped)
        if isStopped { text += "\nthe tables hold a part now: outbox-consumer rebuild \(session.name) --continue" }
        return PlannedChange.Result(
            text, [.init("epoch", JSONValue(epoch))] + tally.members(isStopped: isStopped),
            isFailed: isStopped || tally.rejectedCount > 0)
    }

    private func reset(_ definition: ConsumerDefinition) throws(OperationError) {
        let connection = session.connection
        try attempt("emptying the tables") { () throws(PostgresError) in
            try connection.transaction { () throws(PostgresError) in
                try connection.execute(ConsumerLock(consumer: session.name).exclusive, timeoutMilliseconds: 120_000)
                // Live instances wait meanwhile: not for long for somebody's report.
                try connection.execute("SET LOCAL lock_timeout = '10s'")
                try connection.execute(Self.truncate(definition))
                try connection.execute(
                    "UPDATE consumer_state SET epoch = epoch + 1 WHERE consumer_name = $1", [.text(session.name)])
                // Letters that are open or discarded stay claimed: the first are dlq's to apply, the others nobody's.
                try connection.execute(
                    """
                    INSERT INTO processed_events (consumer_name, epoch, event_id, event_day) \
                    SELECT e.consumer_name, s.epoch, e.event_id, e.event_day FROM consumer_state s \
                    JOIN processed_events e ON e.consumer_name = s.consumer_name AND e.epoch = s.epoch - 1 \
                    WHERE s.consumer_name = $1 AND e.event_id IN (SELECT event_id FROM consumer_dead_letters \
                    WHERE consumer_name = $1 AND state <> 'retried' AND event_id IS NOT NULL) ON CONFLICT DO NOTHING
                    """, [.text(session.name)], timeoutMilliseconds: 120_000)
            }
        }
    }

    private static func truncate(_ definition: ConsumerDefinition) -> String {
        "TRUNCATE " + definition.rebuildTables.map(quotedIdentifier).joined(separator: ", ")
    }
}
