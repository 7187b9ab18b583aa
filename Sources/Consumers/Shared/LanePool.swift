import Synchronization

/// Things that one thread at a time may use (a connection, a handle), kept between the calls of a consumer.
///
/// A consumer is one value for all lanes: each call takes what is free, or makes a new one, and gives it back when it is whole. So there
/// are never more than calls at the same time.
final class LanePool<Resource: Sendable>: Sendable {
    private let free = Mutex<[Resource]>([])

    /// nil when all are lent.
    func take() -> Resource? { free.withLock { $0.popLast() } }

    func giveBack(_ resource: Resource) { free.withLock { $0.append(resource) } }

    /// Lets go of all that are free, when they are likely to be as broken as the one that was tried.
    func clear() { free.withLock { $0.removeAll() } }
}
