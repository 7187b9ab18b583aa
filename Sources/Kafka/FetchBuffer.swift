internal import CRDKafka

/// Messages fetched but not handed out yet. Taking them in batches saves a lock and a wake-up per record.
struct FetchBuffer: ~Copyable {
    private static let capacity = 512

    private let messages: UnsafeMutablePointer<UnsafeMutablePointer<rd_kafka_message_t>?>
    private var position = 0
    private var count = 0

    init() {
        messages = .allocate(capacity: Self.capacity)
        messages.initialize(repeating: nil, count: Self.capacity)
    }

    deinit { messages.deallocate() }

    /// The next message, owned by the caller; nil when none came in time.
    mutating func next(_ queue: OpaquePointer, timeoutMilliseconds: Int) -> UnsafeMutablePointer<rd_kafka_message_t>? {
        if position == count { refill(queue) }
        if position < count {
            defer { position += 1 }
            return messages[position]
        }
        // A batch call with a timeout waits for a full batch; a single one returns with the first message.
        return rd_kafka_consume_queue(queue, Int32(clamping: timeoutMilliseconds))
    }

    private mutating func refill(_ queue: OpaquePointer) {
        position = 0
        count = max(0, rd_kafka_consume_batch_queue(queue, 0, messages, Self.capacity))
    }

    /// Frees what was not handed out.
    mutating func discard() {
        while position < count {
            if let message = messages[position] { rd_kafka_message_destroy(message) }
            position += 1
        }
    }
}

/// The outcome of one wait for a message, which its holder owns.
struct Fetched: @unchecked Sendable {
    let message: UnsafeMutablePointer<rd_kafka_message_t>?

    init(_ message: UnsafeMutablePointer<rd_kafka_message_t>?) {
        self.message = message
    }
}
