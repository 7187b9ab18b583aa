import Realtime

/// A server: reads all partitions in an order of its own, with lags of its own.
final class SimulatedInstance {
    static let epoch = Cursor.epoch(cluster: "c", topic: "t")

    private var sequencer = EventSequencer(epoch: epoch, start: Positions())
    let hub: LoopHub
    private var reached: [Int]
    private var generation = 0

    init(partitions: Int, settings: HubSettings, seed: UInt64) {
        hub = LoopHub(settings, seed: seed, now: HubTime(0))
        reached = Array(repeating: 0, count: partitions)
        publish(now: HubTime(0))
    }

    /// Reads up to `count` records of one partition; gives them out when `isPublished`.
    func read(_ log: SimulatedLog, partition: Int, count: Int, isPublished: Bool, now: HubTime) {
        if generation != log.generation {
            generation = log.generation
            reached = reached.map { _ in 0 }
            sequencer.restart(at: Positions())
        }
        for entry in log.partitions[partition].dropFirst(reached[partition]).prefix(count) {
            _ = sequencer.take(entry.record)
            reached[partition] += 1
        }
        if isPublished { publish(now: now) }
    }

    func publish(now: HubTime) {
        if let batch = sequencer.takeBatch() { hub.ingest(batch, now: now) }
    }

    func hasRead(_ log: SimulatedLog) -> Bool {
        generation == log.generation && zip(reached, log.partitions).allSatisfy { $0 == $1.count }
    }
}
