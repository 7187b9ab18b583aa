public import Kafka
public import PostgresClient
internal import ServiceRuntime

/// Applies records through a consumer in a command's own process, under the consumer's exclusive lock: for `dlq retry`, `replay` and
/// `rebuild`. Live instances wait while a call's transaction runs, and go on after it.
///
/// Used by one thread at a time.
public final class EventApplication {
    /// What became of one record.
    public enum Outcome: Hashable, Sendable {
        case applied
        /// The inbox knew it.
        case duplicate
        /// Of a type that the consumer does not handle.
        case passedOver
        /// The consumer refused it, or it is no event. Nothing was recorded: it stays what it was.
        case rejected(reason: String)
        /// Nothing was changed by the whole call.
        case failed(ErrorClass, reason: String)
    }

    public struct Options: Sendable {
        /// Claims in this epoch instead of the present one.
        public var epoch: Int?
        /// Applies events that are claimed already as if they were fresh: dead letters were claimed when they were buried.
        public var ignoresClaims = false
        /// Applies events whose key is blocked by a dead letter too.
        public var ignoresParking = true

        public init(epoch: Int? = nil, ignoresClaims: Bool = false, ignoresParking: Bool = true) {
            self.epoch = epoch
            self.ignoresClaims = ignoresClaims
            self.ignoresParking = ignoresParking
        }
    }

    private let decoder: EventDecoder
    private let transaction: BatchTransaction
    private let connection: Connection

    /// - Parameter connection: outside of a transaction; lent for the life of this object.
    public init(consumer: any EventConsumer, settings: ConsumerKitSettings, connection: Connection) {
        decoder = EventDecoder(eventTypes: consumer.definition.eventTypes)
        transaction = BatchTransaction(consumer: consumer, settings: settings, days: InboxDays(), letters: nil)
        self.connection = connection
    }

    /// Applies one record in a transaction of its own.
    public func apply(
        _ record: Record, options: Options = Options(),
        completing: ((EffectTransaction, Outcome) throws(EffectError) -> Void)? = nil
    ) -> Outcome {
        guard let completing else { return apply([record], options: options).first ?? .passedOver }
        return apply([record], options: options) { (transaction, outcomes) throws(EffectError) in
            try completing(transaction, outcomes.first ?? .passedOver)
        }.first ?? .passedOver
    }

    /// Applies records in one transaction, in their order. Retries nothing: a failure is every record's outcome then.
    ///
    /// - Parameter completing: further statements of the same transaction, told what became of each record; what it throws fails the
    ///   whole. For marking a dead letter as retried together with its effects.
    public func apply(
        _ records: [Record], options: Options = Options(),
        completing: ((EffectTransaction, [Outcome]) throws(EffectError) -> Void)? = nil
    ) -> [Outcome] {
        guard !records.isEmpty else { return [] }
        let items = records.map { BatchItem(record: $0, decoded: decoder.decode($0), ticket: nil) }
        var conditions = BatchTransaction.Conditions()
        conditions.isExclusive = true
        conditions.epoch = options.epoch
        conditions.ignoresClaims = options.ignoresClaims
        conditions.ignoresParking = options.ignoresParking
        conditions.buries = false
        let now = MonotonicTime.wallClockMicroseconds()
        var condemned: [Int: DeadLetterCause] = [:]
        for (index, item) in items.enumerated() {
            guard case .undecodable(let reason, _) = item.decoded else { continue }
            condemned[index] = DeadLetterCause(.badData, reason, firstFailedAt: now, lastFailedAt: now)
        }
        do throws(EffectError) {
            while true {
                let ending = try transaction.run(
                    items, range: items.indices, condemned: condemned, on: connection, conditions: conditions,
                    completing: { (transaction, tally) throws(EffectError) in
                        try completing?(transaction, Self.outcomes(of: tally, count: items.count))
                    })
                switch ending {
                case .committed(let tally): return Self.outcomes(of: tally, count: items.count)
                case .condemned(let causes):
                    guard causes.keys.contains(where: { condemned[$0] == nil }) else {
                        return items.map { _ in .failed(.unknown, reason: "events were condemned twice") }
                    }
                    condemned.merge(causes) { first, _ in first }
                case .halted(let reason): return items.map { _ in .failed(.unknown, reason: reason) }
                }
            }
        } catch {
            return items.map { _ in .failed(error.errorClass, reason: error.message) }
        }
    }

    private static func outcomes(of tally: BatchTally, count: Int) -> [Outcome] {
        var outcomes = [Outcome](repeating: .passedOver, count: count)
        for index in tally.applied { outcomes[index] = .applied }
        for index in tally.duplicates { outcomes[index] = .duplicate }
        for index in tally.parked { outcomes[index] = .rejected(reason: "it waits behind a dead letter of its key") }
        for letter in tally.deadLetters { outcomes[letter.index] = .rejected(reason: letter.cause.reason) }
        return outcomes
    }
}
