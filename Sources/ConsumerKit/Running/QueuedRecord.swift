internal import Kafka

/// A record on its way from the poll thread to a lane.
struct QueuedRecord: Sendable {
    let record: Record
    let ticket: RecordTicket
    /// Monotonic ns.
    let queuedAt: Int64
    let bytes: Int

    init(_ record: Record, _ ticket: RecordTicket, queuedAt: Int64) {
        self.record = record
        self.ticket = ticket
        self.queuedAt = queuedAt
        // What a record costs beside its bytes: the arrays, the headers, the queue's entry.
        let headers = record.headers.reduce(0) { $0 + $1.name.utf8.count + ($1.value?.count ?? 0) + 64 }
        bytes = (record.value?.count ?? 0) + (record.key?.count ?? 0) + headers + 400
    }
}
