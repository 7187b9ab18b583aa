import Synchronization

/// Whether clients are let in. Written by the service, read by every loop.
final class ServingState: Sendable {
    enum Phase: UInt8, AtomicRepresentable {
        /// The history is not there yet: a cursor could not be served.
        case loading
        case open
        /// Everybody is being sent away.
        case draining
    }

    private let value = Atomic<Phase>(.loading)

    var phase: Phase { value.load(ordering: .acquiring) }

    func open() { _ = value.compareExchange(expected: .loading, desired: .open, ordering: .acquiringAndReleasing) }
    func drain() { value.store(.draining, ordering: .releasing) }
}
