/// Where a record lies in the simulated log.
struct SimulatedPlace: Hashable, Comparable {
    let partition: Int
    let offset: Int

    static func < (left: SimulatedPlace, right: SimulatedPlace) -> Bool {
        (left.partition, left.offset) < (right.partition, right.offset)
    }
}
