import Drills
import RelayCore
import TestSupport

/// Partitions that acknowledge in order each, and in any order among each other.
struct SimulatedKafka {
    struct Message {
        let event: Int
        let unit: AckTracker.UnitID
    }

    private var inFlight: [[Message]]
    /// Events in the order in which each partition holds them, repetitions included.
    private(set) var log: [[Int]]
    /// Every event that is in some partition.
    private(set) var written: Set<Int> = []

    init(partitions: Int) {
        inFlight = Array(repeating: [], count: partitions)
        log = inFlight.map { _ in [] }
    }

    var outstanding: Int { inFlight.reduce(0) { $0 + $1.count } }

    func partition(of event: Int) -> Int { (event &* 7) % log.count }

    mutating func produce(_ message: Message) { inFlight[partition(of: message.event)].append(message) }

    /// Delivers the next message of some partition and returns it, for its report.
    mutating func deliver(_ random: inout XorShift) -> Message? {
        let busy = inFlight.indices.filter { !inFlight[$0].isEmpty }
        guard !busy.isEmpty else { return nil }
        let partition = busy[random.below(busy.count)]
        let message = inFlight[partition].removeFirst()
        write(message.event, to: partition)
        return message
    }

    /// Gives up what is in flight: of each partition a beginning is written all the same, and nobody is told.
    mutating func abandon(_ random: inout XorShift) {
        for partition in inFlight.indices {
            let written = random.below(inFlight[partition].count + 1)
            for message in inFlight[partition].prefix(written) { write(message.event, to: partition) }
            inFlight[partition] = []
        }
    }

    private mutating func write(_ event: Int, to partition: Int) {
        log[partition].append(event)
        written.insert(event)
    }
}
