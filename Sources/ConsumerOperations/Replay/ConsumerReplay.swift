import CommandLineKit
import ConsumerKit
import Kafka
public import RelayOperations
import ServiceRuntime

/// `replay`: reads a part of a consumer's topics once more and applies what its inbox does not know. One thread's.
public final class ConsumerReplay {
    private let session: ConsumerSession
    private let scope: ReplayScope
    private let again: Bool
    private let reader: RangeReader

    /// - Parameter again: what the inbox knows as well; only for consumers that this does not harm.
    public init(_ session: ConsumerSession, _ scope: ReplayScope, again: Bool) {
        self.session = session
        self.scope = scope
        self.again = again
        reader = RangeReader(session.kit.kafka, stop: session.stop)
    }

    /// Finds out how much there is to read. The ends are those of now.
    public func plan(progress: @escaping (String) -> Void) throws(OperationError) -> PlannedChange {
        let consumer = try session.consumer()
        let definition = consumer.definition
        guard !again || definition.isRepeatable else {
            throw OperationError(
                """
                \(definition.name) is not repeatable: applying an event again would give it a second effect, so there is no --again\
                \(definition.rebuildTables.isEmpty ? "" : "; outbox-consumer rebuild \(definition.name) derives its tables anew")
                """)
        }
        let (bounds, missing) = try reader.bounds(definition.topics)
        var starts: [TopicPartition: Int64] = [:]
        var ends: [TopicPartition: Int64] = [:]
        if case .time(let time) = scope.start { starts = try reader.offsets(Array(bounds.keys), at: time) }
        if let time = scope.untilTime { ends = try reader.offsets(Array(bounds.keys), at: time) }
        let ranges = try scope.ranges(topics: definition.topics, bounds: bounds, starts: starts, ends: ends)
        let total = ranges.reduce(0) { $0 + $1.count }
        var notes = ranges.prefix(20).map { "\($0.place): offsets \($0.start) to \($0.end - 1)" }
        if ranges.count > 20 { notes.append("and \(ranges.count - 20) more partitions") }
        for topic in missing { notes.append("\(topic) does not exist") }
        if case .offsets(let places) = scope.start {
            for place in places {
                guard let held = bounds[TopicPartition(place.topic, place.partition)], held.start > place.offset else { continue }
                notes.append("\(place.topic)/\(place.partition) holds nothing before \(held.start) any more")
            }
        }
        if !definition.usesInbox, !again { notes.append("\(definition.name) has no inbox: everything that is read is applied") }
        if again { notes.append("what was applied before is applied again") }
        return PlannedChange(
            action: "replay", object: "consumer \(definition.name)",
            sentence:
                "Apply to \(definition.name) what \(Quantity.count(total)) offset\(total == 1 ? "" : "s") of its topics hold"
                + (again ? ", again" : ""),
            destroys: again && total > 0, notes: notes,
            perform: { () throws(OperationError) in try self.perform(ranges, consumer, progress) })
    }

    private func perform(
        _ ranges: [RecordRange], _ consumer: ConfiguredConsumer, _ progress: (String) -> Void
    ) throws(OperationError) -> PlannedChange.Result {
        let application = try RangeApplication(session, consumer, reader: reader, again: again)
        // What the inbox keeps apart needs nobody to wait; without its help the live instances do.
        let options = EventApplication.Options(ignoresClaims: again, ignoresParking: false, isExclusive: again)
        try application.run(ranges, options, progress)
        let isStopped = session.stop.isSet
        let tally = application.tally
        return PlannedChange.Result(
            tally.text(isStopped: isStopped), tally.members(isStopped: isStopped),
            isFailed: isStopped || tally.rejectedCount > 0)
    }
}
