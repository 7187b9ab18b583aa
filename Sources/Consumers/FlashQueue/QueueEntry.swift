/// A customer's place in the queue of a flash sale: a row of `flash_sale_queue_entries`.
public struct QueueEntry: Equatable, Sendable {
    public enum Status: String, Sendable {
        case waiting = "WAITING"
        case admitted = "ADMITTED"
        case left = "LEFT"
    }

    public private(set) var status: Status
    /// Microseconds since 1970, these and the other times.
    public private(set) var enteredAt: Int64
    public private(set) var admittedAt: Int64?
    public private(set) var leftAt: Int64?

    public init(status: Status, enteredAt: Int64, admittedAt: Int64? = nil, leftAt: Int64? = nil) {
        self.status = status
        self.enteredAt = enteredAt
        self.admittedAt = admittedAt
        self.leftAt = leftAt
    }

    /// What an event asks for.
    public enum Step: Sendable {
        case enter
        case admit
        case leave
    }

    /// The entry after a step; `entry` is nil for a customer who was never in the queue. Throws why the step is illegal.
    ///
    /// Whoever left may enter again, and begins at the end.
    public static func after(_ step: Step, at time: Int64, of entry: QueueEntry?) throws(IllegalStep) -> QueueEntry {
        guard var entry, entry.status != .left || step == .enter else {
            if step == .enter { return QueueEntry(status: .waiting, enteredAt: time) }
            throw IllegalStep("the customer is not in the queue")
        }
        switch (entry.status, step) {
        case (.left, .enter): return QueueEntry(status: .waiting, enteredAt: time)
        case (.waiting, .enter): throw IllegalStep("the customer is waiting in the queue already")
        case (.admitted, .enter), (.admitted, .admit): throw IllegalStep("the customer was admitted already")
        case (.left, _): throw IllegalStep("the customer is not in the queue")
        case (.waiting, .admit):
            entry.status = .admitted
            entry.admittedAt = time
        case (.waiting, .leave), (.admitted, .leave):
            entry.status = .left
            entry.leftAt = time
        }
        return entry
    }

    /// Why a step is not possible from where the customer stands.
    public struct IllegalStep: Error, Equatable {
        public let reason: String

        init(_ reason: String) { self.reason = reason }
    }
}
