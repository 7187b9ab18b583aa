/// Open addressing over numbers of entries that live elsewhere: 4 bytes a slot, never moved, never grown.
struct HashIndex {
    /// Number of the entry plus one; 0 is free.
    private var slots: [UInt32]
    private let mask: Int

    /// Room for `capacity` entries with a third of the slots free.
    init(capacity: Int) {
        var count = 1_024
        while count * 2 < capacity * 3 { count *= 2 }
        slots = [UInt32](repeating: 0, count: count)
        mask = count - 1
    }

    /// The entry with this hash that `matches`; else the free slot where it belongs.
    @inline(__always)
    func find(_ hash: UInt64, _ matches: (Int) -> Bool) -> (entry: Int?, slot: Int) {
        var slot = Int(truncatingIfNeeded: hash) & mask
        while true {
            let number = slots[slot]
            if number == 0 { return (nil, slot) }
            if matches(Int(number) - 1) { return (Int(number) - 1, slot) }
            slot = (slot + 1) & mask
        }
    }

    mutating func fill(_ slot: Int, with entry: Int) { slots[slot] = UInt32(truncatingIfNeeded: entry + 1) }

    mutating func removeAll() {
        for slot in slots.indices { slots[slot] = 0 }
    }
}
