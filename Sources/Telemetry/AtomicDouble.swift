import Synchronization

extension Atomic where Value == UInt64 {
    /// Treats the value as the bits of a Double and adds to it. Uncontended it is one load and one compare-exchange.
    func addDouble(_ amount: Double) {
        var current = load(ordering: .relaxed)
        while true {
            let sum = (Double(bitPattern: current) + amount).bitPattern
            let result = weakCompareExchange(expected: current, desired: sum, ordering: .relaxed)
            if result.exchanged { return }
            current = result.original
        }
    }
}
