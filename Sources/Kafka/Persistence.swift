/// Whether a message that was reported as failed stands in the log all the same (`rd_kafka_msg_status_t`).
public enum Persistence: Hashable, Sendable {
    /// It was never sent, or the broker refused it: not in the log.
    case notPersisted
    /// It was sent and the answer is unknown: replaying it may write it twice.
    case possiblyPersisted
    /// The broker has it.
    case persisted
}
