internal import ByteCoding

/// The topic names seen, each with its small number: a hash table with open addressing over their bytes.
///
/// Bounded: when it is full, a name that was not asked for again since the hand last passed loses its place, so that a flood
/// of names used once drives out itself and not those in use. Names that are pinned keep theirs.
struct TopicTable {
    private struct Entry {
        var name: [UInt8]
        var hash: UInt64
        var generation: UInt32
        var isRecent: Bool
        var isPinned: Bool
    }

    private let capacity: Int
    private var entries: [Entry] = []
    /// Index of an entry, -1 for a free place; twice as many as entries, a power of two.
    private var places: [Int32]
    private var hand = 0

    /// `capacity` must be a power of two.
    init(capacity: Int) {
        self.capacity = capacity
        places = Array(repeating: -1, count: capacity * 2)
    }

    /// The number of a name that is known.
    mutating func find(_ name: RawSpan) -> TopicID? {
        let hash = Self.hash(name)
        var place = Int(truncatingIfNeeded: hash) & (places.count &- 1)
        while true {
            let index = Int(places[place])
            if index < 0 { return nil }
            if entries[index].hash == hash, Self.isEqual(entries[index].name, name) {
                if !entries[index].isRecent { entries[index].isRecent = true }
                return TopicID(index: index, generation: entries[index].generation)
            }
            place = (place &+ 1) & (places.count &- 1)
        }
    }

    /// Takes a name in that is not known yet.
    mutating func insert(_ name: RawSpan, pinned: Bool = false) -> TopicID {
        let hash = Self.hash(name)
        let bytes = unsafe name.withUnsafeBytes { unsafe Array($0) }
        let index: Int
        if entries.count < capacity {
            index = entries.count
            entries.append(Entry(name: bytes, hash: hash, generation: 0, isRecent: false, isPinned: pinned))
        } else {
            index = evict()
            let generation = entries[index].generation &+ 1
            entries[index] = Entry(name: bytes, hash: hash, generation: generation, isRecent: false, isPinned: pinned)
        }
        var place = Int(truncatingIfNeeded: hash) & (places.count - 1)
        while places[place] >= 0 { place = (place + 1) & (places.count - 1) }
        places[place] = Int32(index)
        return TopicID(index: index, generation: entries[index].generation)
    }

    /// The name of a number; `nil` when it has been evicted.
    func name(of id: TopicID) -> String? {
        guard entries.indices.contains(id.index), entries[id.index].generation == id.generation else { return nil }
        return String(decoding: entries[id.index].name, as: UTF8.self)
    }

    /// Frees an entry's place and returns the entry's index.
    private mutating func evict() -> Int {
        // Two rounds at most: the first one takes the mark of recent use from every name.
        while entries[hand].isRecent || entries[hand].isPinned {
            entries[hand].isRecent = false
            hand = (hand + 1) % capacity
        }
        let victim = hand
        hand = (hand + 1) % capacity
        let mask = places.count - 1
        var hole = Int(truncatingIfNeeded: entries[victim].hash) & mask
        while places[hole] != Int32(victim) { hole = (hole + 1) & mask }
        // What was put behind this place because it was taken moves up, so that no search ends too early.
        var place = hole
        places[hole] = -1
        while true {
            place = (place + 1) & mask
            guard places[place] >= 0 else { return victim }
            let home = Int(truncatingIfNeeded: entries[Int(places[place])].hash) & mask
            if (place - home) & mask >= (place - hole) & mask {
                places[hole] = places[place]
                places[place] = -1
                hole = place
            }
        }
    }

    private static func hash(_ name: RawSpan) -> UInt64 {
        let count = name.byteCount
        var hash = UInt64(truncatingIfNeeded: count) &* 0x9E37_79B9_7F4A_7C15
        var offset = 0
        while offset &+ 8 <= count {
            hash = mix(hash, WordScan.load(name, at: offset))
            offset &+= 8
        }
        if offset < count { hash = mix(hash, WordScan.loadTail(name, at: offset, count: count &- offset)) }
        return hash
    }

    @inline(__always)
    private static func mix(_ hash: UInt64, _ word: UInt64) -> UInt64 {
        let product = (hash ^ word) &* 0xFF51_AFD7_ED55_8CCD
        return product ^ product &>> 32
    }

    private static func isEqual(_ known: [UInt8], _ name: RawSpan) -> Bool {
        guard known.count == name.byteCount else { return false }
        let known = unsafe known.span.bytes
        let count = name.byteCount
        var offset = 0
        while offset &+ 8 <= count {
            if WordScan.load(known, at: offset) != WordScan.load(name, at: offset) { return false }
            offset &+= 8
        }
        guard offset < count else { return true }
        return WordScan.loadTail(known, at: offset, count: count &- offset)
            == WordScan.loadTail(name, at: offset, count: count &- offset)
    }
}
