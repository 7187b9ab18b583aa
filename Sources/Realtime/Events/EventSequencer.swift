/// Makes events of records, and gives them their numbers and cursors. One for an instance, used by its reader alone. Pure.
public struct EventSequencer {
    public enum Outcome: Sendable, Equatable {
        case taken
        /// Counted, passed over, and the cursor goes over it.
        case skipped(RecordFault)
        /// At an offset that was read before: nothing new.
        case repeated
    }

    private let epoch: UInt32
    private var nextSequence: Int64 = 0
    private var proof: Cursor.Proof?
    private var batch: EventBatch
    private var hasMoved = true

    /// - Parameters:
    ///   - epoch: ``Cursor/epoch(cluster:topic:)``.
    ///   - start: the first offset that will be read of each partition. Let it lie at least one record before the end: the last
    ///     record is what a cursor is proven by.
    public init(epoch: UInt32, start: Positions) {
        self.epoch = epoch
        batch = EventBatch(restart: start, events: [], firstSequence: 0, positions: start)
    }

    /// How far the log has been read.
    public var positions: Positions { batch.positions }

    public mutating func take(_ record: FeedRecord) -> Outcome {
        guard record.offset >= batch.positions[record.partition] else { return .repeated }
        hasMoved = true
        batch.positions[record.partition] = record.offset + 1
        do throws(RecordFault) {
            let facts = try EventFacts(record)
            proof = Cursor.Proof(partition: record.partition, fingerprint: Fingerprint.of(facts.eventID.utf8))
            let cursor = Cursor(epoch: epoch, proof: proof, positions: batch.positions)
            batch.events.append(RealtimeEvent(sequence: nextSequence, record: record, facts: facts, cursor: cursor))
            nextSequence += 1
            return .taken
        } catch {
            return .skipped(error)
        }
    }

    /// Nothing lies below this offset that has not been read: the end of a partition that ends with a marker of a transaction.
    public mutating func pass(partition: Int32, to offset: Int64) {
        guard offset > batch.positions[partition] else { return }
        batch.positions[partition] = offset
        hasMoved = true
    }

    /// The log is not the one that it was (the topic was made anew), or records were lost before they could be read: everything
    /// begins at these positions, and every client is told so.
    public mutating func restart(at positions: Positions) {
        proof = nil
        batch = EventBatch(restart: positions, events: [], firstSequence: nextSequence, positions: positions)
        hasMoved = true
    }

    /// What has come since the last call; nil when nothing has. Give it to every hub.
    public mutating func takeBatch() -> EventBatch? {
        guard hasMoved else { return nil }
        hasMoved = false
        let taken = batch
        batch = EventBatch(restart: nil, events: [], firstSequence: nextSequence, positions: taken.positions)
        return taken
    }
}
