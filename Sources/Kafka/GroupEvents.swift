internal import CRDKafka
internal import Synchronization

/// What librdkafka's callbacks told a member of a group and its thread has not asked for yet.
///
/// The callbacks run inside `rd_kafka_consumer_poll`, on the polling thread, and inside `rd_kafka_consumer_close`. They only record;
/// only while the client closes, when nobody polls any more, do they give partitions back themselves.
final class GroupEvents: Sendable {
    private struct State {
        var steps: [GroupConsumer.Step] = []
        /// Whether the group waits for an answer to its last rebalance.
        var owesAnswer = false
        var isClosing = false
        var failedCommits = 0
    }

    private let state = Mutex(State())

    var failedCommits: Int { state.withLock { $0.failedCommits } }

    var owesAnswer: Bool { state.withLock { $0.owesAnswer } }

    /// The oldest step.
    func next() -> GroupConsumer.Step? {
        state.withLock { $0.steps.isEmpty ? nil : $0.steps.removeFirst() }
    }

    func noteAnswer() {
        state.withLock { $0.owesAnswer = false }
    }

    /// From now on partitions are given back at once. Returns whether the group still waits for an answer.
    func beginClosing() -> Bool {
        state.withLock { state in
            state.isClosing = true
            return state.owesAnswer
        }
    }

    /// Hooks the callbacks of groups into a configuration whose opaque will be a ``ClientContext`` with a `GroupEvents`.
    static func register(in configuration: OpaquePointer?) {
        rd_kafka_conf_set_rebalance_cb(configuration) { client, status, list, opaque in
            guard let client, let events = GroupEvents.behind(opaque) else { return }
            events.noteRebalance(client, KafkaError.Code(status), PartitionList.elements(of: list).map(\.place))
        }
        rd_kafka_conf_set_error_cb(configuration) { client, status, reason, opaque in
            guard let client, let events = GroupEvents.behind(opaque) else { return }
            let text = reason.map { String(cString: $0) } ?? ""
            events.noteError(client, KafkaError.Code(rawValue: status), text, opaque)
        }
    }

    private static func behind(_ opaque: UnsafeMutableRawPointer?) -> GroupEvents? {
        opaque.flatMap { Unmanaged<ClientContext>.fromOpaque($0).takeUnretainedValue().group }
    }

    private func noteRebalance(_ client: OpaquePointer, _ code: KafkaError.Code, _ partitions: [TopicPartition]) {
        let isClosing = state.withLock { $0.isClosing }
        switch code {
        case .localAssignPartitions where !isClosing:
            recordRebalance(.assigned(partitions))
        case .localRevokePartitions where !isClosing:
            recordRebalance(rd_kafka_assignment_lost(client) != 0 ? .lost(partitions) : .revoked(partitions))
        case .localAssignPartitions, .localRevokePartitions:
            rd_kafka_assign(client, nil)
        default:
            rd_kafka_assign(client, nil)
            record(.error(KafkaError(code: code)))
        }
        rd_kafka_yield(client)
    }

    private func noteError(
        _ client: OpaquePointer, _ code: KafkaError.Code, _ reason: String, _ opaque: UnsafeMutableRawPointer?
    ) {
        let log = opaque.map { Unmanaged<ClientContext>.fromOpaque($0).takeUnretainedValue().log }
        record(.error(KafkaError(of: client, code, log?.redacted(reason) ?? code.text)))
        rd_kafka_yield(client)
    }

    /// The outcome of a commit that nobody waits for.
    func noteCommit(_ code: KafkaError.Code, _ partitionError: KafkaError?) {
        guard code != .localNoOffset else { return }
        guard let error = code == .noError ? partitionError : KafkaError(code: code) else { return }
        state.withLock { state in
            state.failedCommits += 1
            state.steps.append(.error(error))
        }
    }

    private func recordRebalance(_ step: GroupConsumer.Step) {
        state.withLock { state in
            state.owesAnswer = true
            state.steps.append(step)
        }
    }

    private func record(_ step: GroupConsumer.Step) {
        state.withLock { state in
            if !state.isClosing { state.steps.append(step) }
        }
    }
}
