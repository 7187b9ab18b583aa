import Synchronization

/// A number that only grows, until the process ends. Lock-free; usable on every thread.
public final class Counter: Sendable {
    private let total = Atomic<Int>(0)

    init() {}

    /// Adds `amount`; zero and negative amounts change nothing.
    public func add(_ amount: Int = 1) {
        guard amount > 0 else { return }
        total.wrappingAdd(amount, ordering: .relaxed)
    }

    public var value: Int {
        total.load(ordering: .relaxed)
    }
}
