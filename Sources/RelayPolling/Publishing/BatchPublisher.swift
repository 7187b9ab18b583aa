import ByteCoding
import Kafka
import OutboxModel
import PgOutput
import RelayCore
import ServiceRuntime
import Telemetry

/// Takes claimed batches to Kafka and finds out what became of each row.
///
/// A batch goes out together, through a gapless producer. When a broker refuses something, everything that is not delivered is
/// called back and published again one at a time by a plain producer, so that the guilty row is found (kafka-producer.md section 6).
/// The polling thread's alone. It never blocks by itself: where it has to wait, it calls `wait`, which throws when the wait is over
/// for another reason.
final class BatchPublisher {
    /// Waits for progress for a moment.
    typealias Waiter = () throws(PollingInterruption) -> Void

    /// Kafka's own default for batch.size.
    private static let defaultBatchSize = 1_000_000
    /// What a batch adds to a single message, and a margin (kafka-producer.md section 7, rule 8).
    private static let batchOverhead = 100

    let options: RelayOptions
    let maxAttempts: Int
    let metrics: RelayMetrics
    let logger: Logger
    let reports: BatchReports
    let inspector: TopicInspector
    var maker: MessageMaker
    private var batchSize = BatchPublisher.defaultBatchSize
    private var together: ProducerLane?
    private var alone: ProducerLane?
    var backoff = Backoff(initial: 100, maximum: 5_000)

    /// The batch under way.
    var batch: ClaimedBatch?
    var outcome = BatchOutcome(ids: [], keys: [], attempts: [])
    /// Rows that were handed to Kafka at least once.
    var handed: [Bool] = []
    /// Rows whose message is a dead letter, and the reason for it.
    var burials: [Int: Rejection] = [:]
    /// Topics of the rows handed over, for the metric.
    var topics: [String] = []

    init(
        options: RelayOptions, maxAttempts: Int, state: RelayState, metrics: RelayMetrics, logger: Logger
    ) throws(PollingInterruption) {
        self.options = options
        self.maxAttempts = maxAttempts
        self.metrics = metrics
        self.logger = logger
        maker = MessageMaker(
            EventEncoder(format: options.format, routing: options.routing, cloudEventsSource: options.cloudEventsSource))
        do throws(SystemError) { reports = try BatchReports(metrics: metrics) } catch { throw .resource("\(error)") }
        let admin: Admin
        do throws(KafkaError) {
            admin = try Admin(properties: KafkaProperties(options.kafka), logger: logger)
        } catch { throw .resource("the Kafka client could not be made: \(error)") }
        do throws(SystemError) {
            inspector = try TopicInspector(admin: admin, state: state, answered: reports.progress, logger: logger)
            try inspector.start()
        } catch { throw .resource("\(error)") }
    }

    /// Ends the threads; gives up what is outstanding.
    func close() {
        inspector.shutDown()
        together?.producer.close()
        alone?.producer.close()
        together = nil
        alone = nil
    }

    // MARK: A batch

    /// Publishes a batch; afterwards every row's fate is in `outcome`. When it throws, `abandon` says what is known.
    func publish(_ batch: ClaimedBatch, wait: Waiter) throws(PollingInterruption) {
        self.batch = batch
        outcome = batch.makeOutcome()
        handed = Array(repeating: false, count: batch.count)
        topics = Array(repeating: "", count: batch.count)
        let rows = 0..<batch.count
        try publishTogether(outcome.hasSuspects ? rows.filter { !outcome.isSuspect($0) } : Array(rows), batch, wait)
        if outcome.hasSuspects { try publishAlone(rows.filter { outcome.isSuspect($0) }, batch, wait) }
        self.batch = nil
    }

    /// Gives up the batch under way: waits up to `milliseconds` for what is on its way, calls the rest back, and returns what is
    /// known. What was never handed to Kafka goes back to the table; what may have arrived stays open.
    func abandon(milliseconds: Int) -> BatchOutcome {
        for lane in [together, alone] {
            guard let lane, lane.producer.outstanding > 0 else { continue }
            if milliseconds > 0, lane.producer.waitUntilDrained(milliseconds: milliseconds) { continue }
            lane.producer.purge(milliseconds: 2_000)
            drop(lane)
        }
        if let batch {
            collect(batch)
            for row in outcome.openRows where !handed[row] { outcome.giveBack(row) }
        }
        batch = nil
        return outcome
    }

    /// A purge leaves a gap, which ends a gapless producer.
    private func drop(_ lane: ProducerLane) {
        lane.producer.close()
        if lane === together { together = nil }
        if lane === alone { alone = nil }
    }

    private func lane(isGapless: Bool) throws(PollingInterruption) -> ProducerLane {
        if let lane = isGapless ? together : alone {
            if !lane.producer.isDead, lane.producer.batchSize == batchSize { return lane }
            drop(lane)
        }
        let lane = ProducerLane(
            try PollingProducer(
                options: options, batchSize: batchSize, isGapless: isGapless, reports: reports, metrics: metrics, logger: logger))
        if isGapless { together = lane } else { alone = lane }
        let producer = lane.producer
        inspector.setLearner { producer.learn(topic: $0) }
        // A new producer begins anew in every partition, whose leader may be another one by now.
        inspector.forgetAnswers()
        return lane
    }

    // MARK: Together

    private func publishTogether(_ rows: [Int], _ batch: ClaimedBatch, _ wait: Waiter) throws(PollingInterruption) {
        while rows.contains(where: { outcome[$0] == .open }) {
            let lane = try lane(isGapless: true)
            let attempt = reports.begin(rows: batch.count)
            burials = [:]
            var produced = 0
            var isSmaller = false
            for row in rows where outcome[row] == .open {
                guard reports.view.failure == nil else { break }
                switch try produce(row, of: batch, into: lane, attempt: attempt, rejection: nil, wait) {
                case .accepted: produced += 1
                case .refused: break
                case .smallerBatches: isSmaller = true
                }
                if isSmaller { break }
            }
            lane.producer.sendNow()
            while reports.view.failure == nil, reports.view.reported < produced { try wait() }
            guard let failure = reports.view.failure else {
                collect(batch)
                backoff.reset()
                continue
            }
            // What is in flight beside the refused one is answered in a moment; called back, it would be published twice.
            if !lane.producer.waitUntilDrained(milliseconds: 1_000) { lane.producer.purge(milliseconds: 5_000) }
            collect(batch)
            drop(lane)
            logger.warning(
                "Kafka will not deliver; publishing again what is not acknowledged", [.errorCode: .string(failure.name)])
            guard failure.isPoison else {
                try pause(wait)
                continue
            }
            inspector.forgetAnswers()
            return try publishAlone(rows, batch, wait)
        }
    }

    /// Waits in growing steps between attempts of a producer that fails.
    private func pause(_ wait: Waiter) throws(PollingInterruption) {
        let until = MonotonicTime.now() + backoff.next(random: Double.random(in: 0..<1)) * 1_000_000
        while MonotonicTime.now() < until { try wait() }
    }

    // MARK: Alone

    /// One at a time: rows behind a refused one of their key go back.
    private func publishAlone(_ rows: [Int], _ batch: ClaimedBatch, _ wait: Waiter) throws(PollingInterruption) {
        for row in rows where outcome[row] == .open {
            if outcome.isHeldBack(row) {
                outcome.giveBack(row)
                continue
            }
            try publishAlone(row, batch, wait)
        }
    }

    private func publishAlone(_ row: Int, _ batch: ClaimedBatch, _ wait: Waiter) throws(PollingInterruption) {
        var rejection: Rejection?
        while outcome[row] == .open {
            let lane = try lane(isGapless: false)
            let attempt = reports.begin(rows: batch.count)
            burials = [:]
            if case .smallerBatches = try produce(row, of: batch, into: lane, attempt: attempt, rejection: rejection, wait) {
                continue
            }
            lane.producer.sendNow()
            while reports.view.failure == nil, reports.view.reported < 1 { try wait() }
            guard let failure = reports.view.failure else {
                collect(batch)
                backoff.reset()
                continue
            }
            lane.producer.purge(milliseconds: 5_000)
            collect(batch)
            guard outcome[row] == .open else { continue }
            guard failure.isPoison else {
                drop(lane)
                try pause(wait)
                continue
            }
            if burials[row] != nil {
                throw .resource(
                    "the dead-letter topic \(options.routing.deadLetterTopic) refuses messages: \(failure.name)")
            }
            rejection = refused(row, by: failure)
        }
    }

    /// A broker refused the row alone. Returns the reason when that was the last attempt, and it is to be a dead letter.
    private func refused(_ row: Int, by failure: BatchReports.Failure) -> Rejection? {
        let attempts = outcome.attemptsAfterFailure(row)
        let message = "the broker refused it: \(failure.name)"
        guard attempts < maxAttempts else {
            return Rejection(.refusedByBroker, attempts > 1 ? "\(message), \(attempts) times" : message)
        }
        outcome.fail(row, reason: message, random: Double.random(in: 0..<1))
        logger.warning(
            "an event was refused and will be tried again; later events of its key wait for it",
            [.errorCode: .string(failure.name), .attempt: .int(attempts), .topic: .string(topics[row])])
        return nil
    }

    // MARK: Topics

    /// The topic's place in the lane; nil when the topic cannot be used.
    func slot(for topic: TopicID, in lane: ProducerLane, _ wait: Waiter) throws(PollingInterruption) -> ProducerLane.Slot? {
        if let slot = lane[topic] { return slot }
        guard let name = maker.encoder.topicName(topic) else { return nil }
        var answer = inspector.answer(for: name, now: MonotonicTime.now())
        while answer == nil {
            try wait()
            answer = inspector.answer(for: name, now: MonotonicTime.now())
        }
        guard case .usable(let limit) = answer?.verdict else { return nil }
        let slot = ProducerLane.Slot(
            generation: topic.generation, handle: try lane.producer.topic(name), sizeLimit: max(1_000, limit - Self.batchOverhead)
        )
        lane.keep(slot, for: topic)
        return slot
    }

    /// Makes batches fit a topic; true when the lane's producer makes larger ones, and a new one is needed.
    func needsSmallerBatches(_ slot: ProducerLane.Slot, _ lane: ProducerLane) -> Bool {
        guard slot.sizeLimit < lane.producer.batchSize else { return false }
        batchSize = min(batchSize, slot.sizeLimit)
        return true
    }
}
