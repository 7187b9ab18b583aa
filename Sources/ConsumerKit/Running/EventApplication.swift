public import Kafka
public import PostgresClient
internal import ServiceRuntime
internal import Telemetry

/// Applies records through a consumer in a command's own process: for `dlq retry`, `replay` and `rebuild`. Unless the options say
/// otherwise under the consumer's exclusive lock: live instances wait while a call's transaction runs, and go on after it.
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
        /// Applies events that are claimed already as if they were fresh: dead letters were claimed when they were buried.
        public var ignoresClaims = false
        /// Applies events whose key is blocked by a dead letter too.
        public var ignoresParking = true
        /// Whether live instances wait meanwhile. False: as one more of their lanes.
        public var isExclusive = true
        /// What is rejected becomes a dead letter, in the table and in its topic, with the rest of the transaction.
        public var buries = false

        public init(
            ignoresClaims: Bool = false, ignoresParking: Bool = true, isExclusive: Bool = true,
            buries: Bool = false
        ) {
            self.ignoresClaims = ignoresClaims
            self.ignoresParking = ignoresParking
            self.isExclusive = isExclusive
            self.buries = buries
        }
    }

    private let decoder: EventDecoder
    private let transaction: BatchTransaction
    private let connection: Connection
    private let days = InboxDays()
    private let usesInbox: Bool
    private let letters: LetterBox
    private var knowsStrays = false

    /// - Parameter connection: outside of a transaction; lent for the life of this object.
    public init(consumer: any EventConsumer, settings: ConsumerKitSettings, connection: Connection) {
        let definition = consumer.definition
        decoder = EventDecoder(eventTypes: definition.eventTypes)
        usesInbox = definition.usesInbox
        letters = LetterBox(definition, settings: settings, logger: .disabled)
        transaction = BatchTransaction(consumer: consumer, settings: settings, days: days, letters: letters)
        self.connection = connection
    }

    deinit { letters.close() }

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
        let items = records.map { BatchItem(record: $0, decoded: decoder.decode($0), ticket: nil) }
        let condemned = BatchItem.undecodable(items, now: MonotonicTime.wallClockMicroseconds())
        return apply(items, condemned: condemned, options: options, completing: completing)
    }

    /// Makes a record a dead letter without trying it: for one that failed alone, so that those behind it have something to wait for.
    public func bury(
        _ record: Record, because cause: DeadLetterCause, options: Options = Options(),
        completing: @escaping (EffectTransaction) throws(EffectError) -> Void
    ) -> Outcome {
        var options = options
        options.buries = true
        let item = BatchItem(record: record, decoded: decoder.decode(record), ticket: nil)
        return apply([item], condemned: [0: cause], options: options) { (transaction, _) throws(EffectError) in
            try completing(transaction)
        }.first ?? .passedOver
    }

    private func apply(
        _ items: [BatchItem], condemned: [Int: DeadLetterCause], options: Options,
        completing: ((EffectTransaction, [Outcome]) throws(EffectError) -> Void)?
    ) -> [Outcome] {
        guard !items.isEmpty else { return [] }
        var conditions = BatchTransaction.Conditions()
        conditions.isExclusive = options.isExclusive
        conditions.ignoresClaims = options.ignoresClaims
        conditions.ignoresParking = options.ignoresParking
        conditions.buries = options.buries
        var condemned = condemned
        do throws(EffectError) {
            try lookForStrays()
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

    /// An event whose time could not be right when it was claimed may have a day of its own by now.
    private func lookForStrays() throws(EffectError) {
        guard usesInbox, !knowsStrays else { return }
        try EffectError.kit { () throws(PostgresError) in try days.refreshStrays(on: connection) }
        knowsStrays = true
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
