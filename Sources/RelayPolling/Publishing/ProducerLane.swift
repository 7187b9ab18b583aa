import Kafka
import OutboxModel
import RelayCore

/// A producer and what it knows about topics.
final class ProducerLane {
    struct Slot {
        let generation: UInt32
        let handle: TopicHandle
        /// Largest `encodedSize` it takes.
        let sizeLimit: Int
    }

    let producer: PollingProducer
    private var slots: [Slot?] = []

    init(_ producer: PollingProducer) { self.producer = producer }

    subscript(topic: TopicID) -> Slot? {
        guard topic.index < slots.count, let slot = slots[topic.index], slot.generation == topic.generation else { return nil }
        return slot
    }

    func keep(_ slot: Slot, for topic: TopicID) {
        while slots.count <= topic.index { slots.append(nil) }
        slots[topic.index] = slot
    }
}
