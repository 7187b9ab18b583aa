/// What librdkafka's callbacks of one client find behind its opaque pointer.
final class ClientContext: Sendable {
    let log: LogBridge
    /// Of a member of a consumer group.
    let group: GroupEvents?

    init(log: LogBridge, group: GroupEvents?) {
        self.log = log
        self.group = group
    }
}
