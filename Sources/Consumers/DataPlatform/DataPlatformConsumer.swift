public import ConsumerKit
public import PostgresClient
import Synchronization
public import Telemetry

/// Tells the data platform of every state that an order reaches, by HTTP POST.
///
/// Each result is kept at once (`data_platform_deliveries`), so a batch that is repeated sends only what is missing; a crash between an
/// answer and its record repeats one request with the same `X-Idempotency-Key`. What the API refuses (4xx) is a dead letter; whatever
/// may pass by itself is tried again, and then the API counts as down and nothing is left out.
public struct DataPlatformConsumer: EventConsumer {
    public let definition = ConsumerDefinition(
        name: "data-platform", topics: ["data.platform"], eventTypes: ["ORDER_STATUS_CHANGED"],
        summary: "posts each state of an order to the data platform", parking: .wait, isRepeatable: true, dependencies: ["http"])
    private let settings: DataPlatformSettings
    private let records: DeliveryRecords
    private let posters = LanePool<StatusPoster>()
    private let rest = RestPeriod()
    private let times: RequestTimes

    /// - Parameters:
    ///   - database: where results are kept: the consumers' own database, by a session outside the batch's transaction.
    ///   - metrics: takes `outbox_consumer_external_http_seconds`.
    public init(_ settings: DataPlatformSettings, database: ConnectionSettings, metrics: MetricRegistry = MetricRegistry()) {
        self.settings = settings
        times = RequestTimes(metrics, consumer: definition.name)
        records = DeliveryRecords(database)
    }

    public func apply(_ events: [ConsumedEvent], in transaction: EffectTransaction) throws(EffectError) {
        var (deliveries, refusals) = events.reading(StatusDelivery.init)
        transaction.reject(refusals)
        let done = deliveries.isEmpty ? [] : try records.delivered(among: deliveries.map(\.event.id), transaction)
        deliveries.removeAll { done.contains($0.event.id) }
        guard !deliveries.isEmpty else { return }
        let schedule = try send(deliveries)
        try records.add(Self.records(of: schedule, deliveries))
        records.cleanUp(now: StatusPoster.milliseconds())
        if let abandonment = schedule.abandonment { throw try error(for: abandonment, schedule, deliveries) }
        guard schedule.held.isEmpty else {
            // Alone, the refused event is rejected below; whether the later ones of its order wait is then the kit's affair.
            throw EffectError(.badData, "the API refused an event, and later ones of its order are in the same batch")
        }
        for (delivery, result) in zip(deliveries, schedule.results) {
            if let outcome = result.outcome, outcome.verdict == .refused { transaction.reject(delivery.event, outcome.sentence) }
        }
    }

    private func send(_ deliveries: [StatusDelivery]) throws(EffectError) -> DeliverySchedule {
        let now = StatusPoster.milliseconds()
        guard rest.isOver(now: now) else { throw EffectError(.dependency("http"), "the API asked to be left alone for a while") }
        guard let poster = posters.take() ?? StatusPoster(settings, times: times) else {
            throw EffectError(.transient, "no memory for an HTTP client")
        }
        var schedule = DeliverySchedule(
            orders: deliveries.map(\.order), parallel: settings.parallel, attempts: settings.attempts,
            deadline: now + settings.batchMilliseconds)
        poster.run(&schedule, deliveries)
        posters.giveBack(poster)
        return schedule
    }

    private static func records(of schedule: DeliverySchedule, _ deliveries: [StatusDelivery]) -> [DeliveryRecords.Record] {
        zip(deliveries, schedule.results).compactMap { delivery, result in
            guard result.attempts > 0 else { return nil }
            return DeliveryRecords.Record(
                eventID: delivery.event.id, idempotencyKey: delivery.idempotencyKey, status: result.outcome?.status,
                attempts: result.attempts)
        }
    }

    /// An API that is down is nobody's fault; one that fails for a single event, again and again, must not stop all others with it.
    private func error(
        for abandonment: DeliverySchedule.Abandonment, _ schedule: DeliverySchedule, _ deliveries: [StatusDelivery]
    ) throws(EffectError) -> EffectError {
        guard let index = abandonment.index else {
            let hasProgress = schedule.results.contains { $0.outcome?.verdict == .delivered }
            return EffectError(hasProgress ? .transient : .dependency("http"), abandonment.reason)
        }
        rest.begin(milliseconds: abandonment.retryAfterMilliseconds, now: StatusPoster.milliseconds())
        let eventID = deliveries[index].event.id
        if schedule.results[index].outcome?.canBeTheRequestsFault == true,
            try records.isAloneInFailing(eventID, attempts: settings.attemptsBeforeDeadLetter)
        {
            // The kit halves the batch until the event stands alone, and buries it then.
            return EffectError(.badData, "\(abandonment.reason), and takes other events meanwhile")
        }
        return EffectError(.dependency("http"), abandonment.reason)
    }
}
