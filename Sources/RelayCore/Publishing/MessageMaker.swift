package import Kafka
package import OutboxModel

/// The encoder and what it takes to hand its message to the client: one value, so that an event costs one access to the
/// publisher's state instead of one for each header.
package struct MessageMaker: ~Copyable {
    package var encoder: EventEncoder
    private var ranges: [HeaderRange] = []

    package init(_ encoder: consuming EventEncoder) { self.encoder = encoder }

    /// Offers the encoder's last message to the producer, which copies it.
    package mutating func produce(
        _ event: EncodedEvent, to topic: TopicHandle, with producer: some MessageSink, opaque: UInt
    ) -> ProduceOutcome {
        ranges.removeAll(keepingCapacity: true)
        for index in 0..<encoder.headerCount {
            let header = encoder.header(at: index)
            ranges.append(HeaderRange(name: header.name, value: header.value))
        }
        return encoder.withUnsafeBytes { bytes in
            ranges.withUnsafeBufferPointer { ranges in
                producer.produce(
                    topic: topic, key: event.key.map { UnsafeRawBufferPointer(rebasing: bytes[$0]) },
                    value: event.value.map { UnsafeRawBufferPointer(rebasing: bytes[$0]) },
                    headers: HeaderBlock(bytes: bytes, ranges: ranges), opaque: opaque)
            }
        }
    }
}
