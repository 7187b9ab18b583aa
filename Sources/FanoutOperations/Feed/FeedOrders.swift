import Synchronization

/// What the thread that watches the topic wants of the one that reads it.
final class FeedOrders: Sendable {
    struct Orders: Sendable {
        /// Counts the beginnings: what was seen before one is not about what is read since.
        var generation = 0
        var isReading = false
        var partitions: [Int32] = []
        var restart: String?
    }

    private let orders = Mutex(Orders())

    /// nil while nothing is read.
    var generation: Int? { orders.withLock { $0.isReading ? $0.generation : nil } }

    /// The topic is read from now on.
    func begin() { orders.withLock { $0 = Orders(generation: $0.generation + 1, isReading: true) } }

    /// It is not read any more, until it is begun again.
    func end() { orders.withLock { $0.isReading = false } }

    /// Takes effect only when nothing has begun since the generation.
    func give(in generation: Int, _ change: (inout Orders) -> Void) {
        orders.withLock { if $0.generation == generation { change(&$0) } }
    }

    func take() -> Orders {
        orders.withLock { orders in
            let taken = orders
            orders.partitions = []
            orders.restart = nil
            return taken
        }
    }
}
