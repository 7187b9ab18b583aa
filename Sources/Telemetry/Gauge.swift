import Synchronization

/// A number that goes up and down. Lock-free; usable on every thread.
public final class Gauge: Sendable {
    private let bits = Atomic<UInt64>(0)

    init() {}

    public func set(_ value: Double) {
        bits.store(value.bitPattern, ordering: .relaxed)
    }

    /// Sets 1 for true, 0 for false.
    public func set(_ value: Bool) {
        set(value ? 1 : 0)
    }

    /// Adds `amount`, which may be negative.
    public func add(_ amount: Double) {
        bits.addDouble(amount)
    }

    public var value: Double {
        Double(bitPattern: bits.load(ordering: .relaxed))
    }
}
