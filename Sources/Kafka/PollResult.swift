/// What a consumer found.
public enum PollResult<Value> {
    case record(Value)
    /// Everything up to this offset was read; more may come.
    case endOfPartition(topic: String, partition: Int32, offset: Int64)
    /// The time is over.
    case nothing
    /// A partition cannot be read at present; the client goes on trying by itself.
    case error(KafkaError)
}

extension PollResult: Sendable where Value: Sendable {}
