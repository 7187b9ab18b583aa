/// A topic of one producer, ready to produce to: a small value that costs nothing to copy. Another producer refuses it.
public struct TopicHandle: Hashable, Sendable {
    /// `rd_kafka_topic_t`, owned by the producer until its end.
    nonisolated(unsafe) let pointer: OpaquePointer
    /// Which producer of this process made it.
    let producerID: Int
}
