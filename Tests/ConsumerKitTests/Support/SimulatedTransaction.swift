import Kafka

/// An open transaction of a lane: what it will do to the database, all or nothing.
struct SimulatedTransaction {
    var claims: Set<Int> = []
    var effects: [SimulatedEvent] = []
    var letters: [SimulatedPlace: SimulatedEvent] = [:]
    var parked: [SimulatedPlace: SimulatedEvent] = [:]
    /// Computed just before the commit.
    var marks: [(place: TopicPartition, offset: Int64)]?
    let range: Range<Int>
}
