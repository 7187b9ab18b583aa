import ConsumerKit
import Kafka
import PostgresClient
import RelayOperations
import ServiceRuntime

/// Applies records, and tries again what may succeed a moment later. One thread's.
final class PatientApplication {
    typealias Outcome = EventApplication.Outcome
    typealias Options = EventApplication.Options

    private let application: EventApplication
    private let session: ConsumerSession
    private let policy: RetryPolicy

    init(_ session: ConsumerSession, _ consumer: ConfiguredConsumer) throws(OperationError) {
        self.session = session
        application = try session.application(consumer)
        policy = session.kit.retry
    }

    /// One transaction. A failure that is returned is the data's, as far as one can tell; any other is thrown.
    func apply(
        _ records: [Record], _ options: Options,
        completing: ((EffectTransaction, [Outcome]) throws(EffectError) -> Void)? = nil
    ) throws(OperationError) -> [Outcome] {
        try patiently(repeatsUnknown: records.count == 1) {
            self.application.apply(records, options: options, completing: completing)
        }
    }

    /// Makes a record that failed alone a dead letter.
    func bury(
        _ record: Record, _ errorClass: ErrorClass, _ reason: String,
        completing: @escaping (EffectTransaction) throws(EffectError) -> Void
    ) throws(OperationError) -> Outcome {
        let now = MonotonicTime.wallClockMicroseconds()
        let cause = DeadLetterCause(
            errorClass == .badData ? .badData : .unknown, reason, attempts: policy.retries + 1, firstFailedAt: now,
            lastFailedAt: now)
        let outcomes = try patiently(repeatsUnknown: false) {
            [self.application.bury(record, because: cause, completing: completing)]
        }
        return outcomes.first ?? .passedOver
    }

    private func patiently(repeatsUnknown: Bool, _ body: () -> [Outcome]) throws(OperationError) -> [Outcome] {
        var attempt = 1
        while true {
            let outcomes = body()
            guard case .failed(let errorClass, let reason)? = outcomes.first else { return outcomes }
            let isLast = attempt > policy.retries || !session.connection.isOpen || session.stop.isSet
            switch errorClass {
            case .badData: return outcomes
            case .unknown where isLast || !repeatsUnknown: return outcomes
            case .dependency(let name) where isLast: throw OperationError("\(name) does not do its part: \(reason)")
            case .transient where isLast: throw OperationError("the transaction failed \(attempt) times: \(reason)")
            case .unknown, .dependency, .transient: break
            }
            let pause = policy.delay(afterAttempt: attempt, random: Double.random(in: 0..<1))
            _ = try? waitReadable([PollTarget(session.stop.fileDescriptor)], timeoutMilliseconds: Int64(pause))
            attempt += 1
        }
    }
}
