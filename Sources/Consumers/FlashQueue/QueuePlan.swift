public import ConsumerKit

/// The queue after a batch, once the entries before it are known. Pure.
public struct QueuePlan: Sendable {
    /// A row to be written.
    public struct Row: Equatable, Sendable {
        public let place: QueueReading.Place
        public let entry: QueueEntry
    }

    /// Of customers who were never in the queue, sorted.
    public let newRows: [Row]
    /// Of customers whose entry changes, sorted.
    public let changedRows: [Row]
    /// Steps that are illegal.
    public let refusals: [RejectedEvent]

    /// - Parameter entries: those of the reading's places that there are.
    public init(_ reading: QueueReading, entries: [QueueReading.Place: QueueEntry]) {
        var current = entries
        var refusals: [RejectedEvent] = []
        for (event, place, step) in reading.steps {
            do throws(QueueEntry.IllegalStep) {
                current[place] = try QueueEntry.after(step, at: event.occurredAt, of: current[place])
            } catch {
                refusals.append(RejectedEvent(event: event, reason: error.reason))
            }
        }
        let rows = reading.places.compactMap { place in current[place].map { Row(place: place, entry: $0) } }
        newRows = rows.filter { entries[$0.place] == nil }
        changedRows = rows.filter { row in entries[row.place].map { $0 != row.entry } ?? false }
        self.refusals = refusals
    }
}
