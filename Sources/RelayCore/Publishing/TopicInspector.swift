public import Kafka
public import ServiceRuntime
import Synchronization
public import Telemetry

/// Finds out about topics before the first message for them is produced, and whether a broker answers at all.
///
/// What a broker would refuse must be known before: a refusal fails a whole batch, does not name the guilty message, and lets
/// later ones of the partition through (kafka-producer.md section 6). The calls block, so they have a thread of their own.
public final class TopicInspector: Sendable {
    /// What is known about a topic.
    public struct Answer: Sendable {
        public enum Verdict: Sendable, Equatable {
            /// `limit`: the largest batch it takes, in bytes.
            case usable(limit: Int)
            /// It does not exist, or we may not write to it.
            case refused(String)
        }
        public let verdict: Verdict
        /// Monotonic ns.
        public let askedAt: Int64
    }

    /// Kafka's default for max.message.bytes, taken when the broker does not tell.
    public static let defaultLimit = 1_048_588
    /// A refused topic is asked for again after this long, in ns: somebody may have created it.
    public static let refusalLifetime: Int64 = 5_000_000_000

    private static let probeInterval: Int64 = 3_000_000_000
    private static let callTimeout = 4_000
    /// How long a topic that a broker may be creating right now is waited for, in ns.
    private static let creationPatience: Int64 = 4_000_000_000

    private struct Shared {
        var questions: [String] = []
        var answers: [String: Answer] = [:]
    }

    private let shared = Mutex(Shared())
    private let admin: Admin
    private let state: RelayState
    private let logger: Logger
    private let wakeUp: EventFD
    private let stop: StopSignal
    private let done: StopSignal
    private let answered: EventFD
    private let thread = Mutex<OwnedThread?>(nil)
    private let learner = Mutex<(@Sendable (String) -> Void)?>(nil)

    /// - Parameter answered: signalled after each answer.
    public init(
        admin: Admin, state: RelayState, answered: EventFD, logger: Logger
    ) throws(SystemError) {
        self.admin = admin
        self.state = state
        self.answered = answered
        self.logger = logger
        wakeUp = try EventFD()
        stop = try StopSignal()
        done = try StopSignal()
    }

    public func start() throws(SystemError) {
        let started = try OwnedThread.start(name: "topic-inspector") { self.run() }
        thread.withLock { $0 = started }
    }

    /// Ends the thread. A call to an unreachable broker that is under way is not waited for: its thread ends by itself.
    public func shutDown() {
        stop.set()
        admin.close()
        let found = try? waitReadable([PollTarget(done.fileDescriptor)], timeoutMilliseconds: 200)
        if found?.first?.isEmpty == false { thread.withLock { $0 }?.join() }
    }

    /// `learn` tells the producer about a usable topic before its first message; called on the inspector's thread.
    package func setLearner(_ learn: @escaping @Sendable (String) -> Void) { learner.withLock { $0 = learn } }

    /// The answer so far; nil asks, and `answered` is signalled later.
    public func answer(for topic: String, now: Int64) -> Answer? {
        let (answer, isNew) = shared.withLock { shared -> (Answer?, Bool) in
            if let answer = shared.answers[topic] {
                if case .refused = answer.verdict, now - answer.askedAt > Self.refusalLifetime {
                    shared.answers[topic] = nil
                } else {
                    return (answer, false)
                }
            }
            guard !shared.questions.contains(topic) else { return (nil, false) }
            shared.questions.append(topic)
            return (nil, true)
        }
        if isNew { wakeUp.signal() }
        return answer
    }

    /// Forgets what is known, after a broker refused a message that should have been fine.
    public func forgetAnswers() { shared.withLock { $0.answers = [:] } }

    private func run() {
        defer { done.set() }
        var nextProbe = MonotonicTime.now()
        while !stop.isSet {
            if let topic = shared.withLock({ $0.questions.first }) {
                guard let verdict = inspect(topic) else { continue }
                shared.withLock { shared in
                    shared.questions.removeAll { $0 == topic }
                    shared.answers[topic] = Answer(verdict: verdict, askedAt: MonotonicTime.now())
                }
                answered.signal()
                continue
            }
            let now = MonotonicTime.now()
            if now >= nextProbe {
                do throws(KafkaError) {
                    try admin.clusterReachable(timeoutMilliseconds: Self.callTimeout)
                    brokerAnswered()
                } catch {
                    logger.debug("no broker answered", [.error: .string("\(error)")])
                }
                nextProbe = MonotonicTime.now() + Self.probeInterval
            }
            pause(milliseconds: max(1, (nextProbe - MonotonicTime.now()) / 1_000_000))
        }
    }

    private func brokerAnswered() {
        let now = MonotonicTime.now()
        state.update { $0.brokerAnsweredAt = now }
    }

    /// nil when no broker answered or the relay stops: the question stays.
    private func inspect(_ topic: String) -> Answer.Verdict? {
        let patience = MonotonicTime.now() + Self.creationPatience
        while !stop.isSet {
            do throws(KafkaError) {
                let metadata = try admin.metadata(topic: topic, timeoutMilliseconds: Self.callTimeout)
                brokerAnswered()
                if metadata.error == nil, metadata.partitions.allSatisfy({ $0.leader != nil }),
                    leadersServe(topic, metadata.partitions.map(\.id)) || MonotonicTime.now() > patience
                {
                    learner.withLock { $0 }?(topic)
                    return .usable(limit: admin.topicLimit(topic, timeoutMilliseconds: 1_000) ?? Self.defaultLimit)
                }
                if let error = metadata.error, error.code == .topicAuthorizationFailed || error.code == .topicException {
                    return .refused(error.description)
                }
                if MonotonicTime.now() > patience {
                    if let error = metadata.error, !metadata.exists { return .refused(error.description) }
                    // It exists and has a partition without a leader: librdkafka waits for that by itself.
                    if metadata.error == nil { return .usable(limit: Self.defaultLimit) }
                }
            } catch {
                logger.debug("a topic could not be looked up", [.topic: .string(topic), .error: .string("\(error)")])
            }
            pause(milliseconds: 150)
        }
        return nil
    }

    /// Whether what is produced to the topic now finds its leaders: the first batch of a partition must not be refused while the second
    /// is on its way (promises P1 and P2; see `DeliveryCollector`).
    private func leadersServe(_ topic: String, _ partitions: [Int32]) -> Bool {
        do throws(KafkaError) {
            try admin.leadersAnswer(topic: topic, partitions: partitions, timeoutMilliseconds: Self.callTimeout)
            return true
        } catch {
            logger.debug("a topic's leaders do not serve it yet", [.topic: .string(topic), .error: .string("\(error)")])
            // Who may write may ask, so this is about the right to ask only.
            return error.code == .topicAuthorizationFailed
        }
    }

    private func pause(milliseconds: Int64) {
        _ = try? waitReadable(
            [PollTarget(stop.fileDescriptor), PollTarget(wakeUp.fileDescriptor)], timeoutMilliseconds: milliseconds)
        wakeUp.drain()
    }
}
