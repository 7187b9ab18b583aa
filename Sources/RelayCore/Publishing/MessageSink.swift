package import Kafka

/// What takes messages: the producer of the stream, or that of the polling mode.
package protocol MessageSink {
    /// Copies one message into the client's queue; never blocks. See `Kafka.Producer.produce`.
    func produce(
        topic: TopicHandle, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?, headers: HeaderBlock, opaque: UInt
    ) -> ProduceOutcome
}
