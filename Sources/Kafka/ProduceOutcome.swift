/// What became of one call of ``Producer/produce(topic:key:value:headers:timestampMilliseconds:opaque:)``.
public enum ProduceOutcome: Sendable {
    /// The message is copied into the queue; exactly one delivery report will come for it.
    case accepted
    /// The queue is full (messages or bytes). Nothing was taken: wait for delivery reports and offer the same message again.
    case queueFull
    /// This message was not taken and never will be by this producer; no report comes.
    case refused(KafkaError)
}
