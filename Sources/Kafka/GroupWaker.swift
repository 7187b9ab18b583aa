internal import CRDKafka
internal import Synchronization

/// Ends the wait of a member of a group from any other thread, so that it can commit or resume without delay.
public final class GroupWaker: Sendable {
    nonisolated(unsafe) let queue: OpaquePointer
    private let isClosed = Mutex(false)

    init(_ queue: OpaquePointer) {
        self.queue = queue
    }

    deinit { close() }

    /// A ``GroupConsumer/poll(timeoutMilliseconds:)`` that waits now returns `.nothing`; without one, the next wait ends at once.
    public func wake() {
        isClosed.withLock { isClosed in
            if !isClosed { rd_kafka_queue_yield(queue) }
        }
    }

    func close() {
        isClosed.withLock { isClosed in
            guard !isClosed else { return }
            isClosed = true
            rd_kafka_queue_destroy(queue)
        }
    }
}
