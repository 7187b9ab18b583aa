import ConsumerKit
import Kafka

/// What the database of the simulation has committed.
struct SimulatedDatabase {
    var claims: Set<Int> = []
    /// In the order of the commits.
    var effects: [SimulatedEvent] = []
    var marks: [Int: Int64] = [:]
    var letters: [SimulatedPlace: SimulatedEvent] = [:]
    var parked: [SimulatedPlace: SimulatedEvent] = [:]

    var blocked: Set<BlockedKey> {
        Set(letters.values.map(\.blockedKey)).union(parked.values.map(\.blockedKey))
    }

    mutating func move(_ marks: [(place: TopicPartition, offset: Int64)]) {
        for mark in marks {
            let partition = Int(mark.place.partition)
            self.marks[partition] = max(self.marks[partition] ?? 0, mark.offset)
        }
    }
}
