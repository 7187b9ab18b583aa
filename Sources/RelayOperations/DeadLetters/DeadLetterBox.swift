import Kafka
import OutboxModel
import RelayCore
public import ServiceRuntime

/// The dead-letter topic together with what became of its letters. One thread's.
public final class DeadLetterBox {
    let session: OperatorSession
    let states: DeadLetterStates
    let stop: StopSignal

    /// - Parameter stop: set by Ctrl-C; ends the reading of the topic.
    public init(_ session: OperatorSession, stop: StopSignal) {
        self.session = session
        self.stop = stop
        states = DeadLetterStates(session: session, topic: session.options.routing.deadLetterTopic)
    }

    var topic: String { states.topic }

    /// A letter as it was found, and what became of it.
    struct Entry {
        let letter: DeadLetter
        let state: DeadLetterStates.State
    }

    /// Reads the topic and hands over every letter of the selection, in the order of its partitions.
    ///
    /// Returns what the topic held at the time; nothing when it does not exist.
    func scan(
        _ selection: DeadLetterSelection, keepsPayload: Bool, progress: (String) -> Void,
        _ body: (Entry) throws(OperationError) -> Void
    ) throws(OperationError) -> [PartitionBounds] {
        // It is made with its first letter: without a topic there is none.
        guard let scan = try TopicScan.open(topic, session.options, stop: stop) else { return [] }
        let known = try states.read()
        // A letter is written after it failed, so its record is not older.
        var starts = try scan.offsets(since: selection.range.since.map { $0 - 60_000_000 })
        var ends: [Int64]?
        if !selection.positions.isEmpty, selection.eventIDs.isEmpty {
            starts = zip(scan.bounds, starts).map { bounds, start in
                let first = selection.positions.filter { $0.partition == bounds.partition }.map(\.offset).min()
                return max(start, first ?? bounds.end)
            }
            ends = scan.bounds.map { bounds in
                selection.positions.filter { $0.partition == bounds.partition }.map(\.offset).max().map { $0 + 1 } ?? bounds.end
            }
        }
        try scan.read(from: starts, to: ends, progress: { progress("\(Quantity.count($0.count)) letters of \(topic) read") }) {
            record throws(OperationError) in
            let letter = DeadLetter(record, keepsPayload: keepsPayload)
            if selection.contains(letter) {
                try body(Entry(letter: letter, state: known[DeadLetterStates.Key(letter)] ?? .open))
            }
            return .more
        }
        return scan.bounds
    }

    /// Says which named letters were not found.
    func requireFound(_ selection: DeadLetterSelection, _ found: [DeadLetter]) throws(OperationError) {
        let positions = Set(found.map(\.position))
        let ids = Set(found.compactMap(\.eventID))
        let missing =
            selection.positions.subtracting(positions).sorted().map(\.description) + selection.eventIDs.subtracting(ids).sorted()
        guard missing.isEmpty else {
            throw OperationError(
                "not in \(topic): \(missing.prefix(20).joined(separator: ", "))\(missing.count > 20 ? ", ..." : "")")
        }
    }
}
