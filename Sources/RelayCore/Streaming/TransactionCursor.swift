public import ByteCoding
public import PgOutput

/// Where in the stream of transactions we are, and whether the server keeps to its order. Pure.
///
/// A position inside the stream is the pair (commit LSN, index of the event): record LSNs interleave between transactions and
/// several rows can share one (protocol.md 1.5).
public struct TransactionCursor {
    /// A transaction whose first events are published already: it is skipped that far when it comes again.
    public struct ResumePoint: Equatable, Sendable {
        public let commitLSN: LSN
        public let publishedEvents: Int

        public init(commitLSN: LSN, publishedEvents: Int) {
            self.commitLSN = commitLSN
            self.publishedEvents = publishedEvents
        }
    }

    public struct OpenTransaction: Equatable, Sendable {
        public let commitLSN: LSN
        /// Unix µs.
        public let commitTime: Int64
        public let xid: UInt32
        /// Inserts of the outbox table seen so far.
        public var events: Int
    }

    public private(set) var transaction: OpenTransaction?
    private var resume: ResumePoint?

    public init(resume: ResumePoint? = nil) { self.resume = resume }

    public mutating func begin(_ message: Begin) throws(StreamViolation) {
        guard transaction == nil else { throw StreamViolation("Begin inside of a transaction") }
        transaction = OpenTransaction(
            commitLSN: message.finalLSN, commitTime: PostgresTime.unixMicroseconds(fromPostgres: message.commitTime),
            xid: message.transactionID, events: 0)
        if let resume, resume.commitLSN != message.finalLSN { self.resume = nil }
    }

    /// Whether the next event of the outbox table is to be published; false when it was, before the stream broke.
    public func isNextEventNew() throws(StreamViolation) -> Bool {
        guard let transaction else { throw StreamViolation("Insert outside of a transaction") }
        return transaction.events >= (resume?.publishedEvents ?? 0)
    }

    /// The event was handed to Kafka, or skipped. Not before: an event counted too early would be lost when the stream breaks.
    public mutating func eventDone() { transaction?.events += 1 }

    /// Ends the transaction; returns its end LSN, the position to confirm (confirming the commit LSN would bring it again).
    public mutating func commit(_ message: Commit) throws(StreamViolation) -> LSN {
        guard let open = transaction else { throw StreamViolation("Commit outside of a transaction") }
        guard open.commitLSN == message.commitLSN, message.endLSN > message.commitLSN else {
            throw StreamViolation("Commit of \(message.commitLSN) does not end the transaction \(open.commitLSN)")
        }
        transaction = nil
        resume = nil
        return message.endLSN
    }

    /// What to skip when the stream is read again from the last whole transaction; nil between transactions.
    public var resumePoint: ResumePoint? {
        guard let transaction else { return resume }
        return ResumePoint(
            commitLSN: transaction.commitLSN, publishedEvents: max(transaction.events, resume?.publishedEvents ?? 0))
    }
}

/// The server sent what the protocol does not allow at this point; the position is not moved.
public struct StreamViolation: Error, Equatable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
