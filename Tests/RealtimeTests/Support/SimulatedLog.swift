import Realtime

/// The topic: partitions whose offsets have holes, and which may be made anew.
struct SimulatedLog {
    struct Entry {
        let offset: Int64
        let record: FakeRecord
        /// nil for a record that is no event.
        let id: String?
        let channels: [String]
    }

    static let channelNames = ["c:0", "c:1", "c:2", "c:3"]

    private(set) var partitions: [[Entry]]
    private(set) var generation = 0
    private var ends: [Int64]
    private var written = 0
    private var places: [String: (partition: Int, index: Int)] = [:]

    init(partitions: Int) {
        self.partitions = Array(repeating: [], count: partitions)
        ends = Array(repeating: 0, count: partitions)
    }

    mutating func write(_ random: inout SeededRandom) {
        let partition = random.next(below: partitions.count)
        if random.once(in: 10) { ends[partition] += Int64(1 + random.next(below: 3)) }
        let offset = ends[partition]
        ends[partition] += 1
        guard !random.once(in: 8) else {
            let junk = FakeRecord(partition: Int32(partition), offset: offset, value: random.once(in: 2) ? nil : "{}")
            partitions[partition].append(Entry(offset: offset, record: junk, id: nil, channels: []))
            return
        }
        var channels = [Self.channelNames[random.next(below: 4)]]
        if random.once(in: 3) { channels = Array(Set(channels + [Self.channelNames[random.next(below: 4)]])) }
        written += 1
        let id = "e\(written)"
        let record = FakeRecord.event(id, partition: Int32(partition), offset: offset, channels: channels.joined(separator: ", "))
        places[id] = (partition, partitions[partition].count)
        partitions[partition].append(Entry(offset: offset, record: record, id: id, channels: channels))
    }

    /// Deleted and created under the same name.
    mutating func makeAnew() {
        generation += 1
        places = [:]
        partitions = Array(repeating: [], count: partitions.count)
        ends = Array(repeating: 0, count: partitions.count)
    }

    func entry(_ id: String) -> (partition: Int32, entry: Entry)? {
        places[id].map { (Int32($0.partition), partitions[$0.partition][$0.index]) }
    }
}
