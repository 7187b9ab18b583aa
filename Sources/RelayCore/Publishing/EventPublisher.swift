import ByteCoding
import Kafka
import OutboxModel
import PgOutput
import ServiceRuntime
import Telemetry

/// Takes rows to Kafka: encodes, finds the topic, checks the size, produces, and counts them in units of the ledger.
///
/// The replication thread's alone. It never blocks by itself: where it has to wait for room or for an answer about a topic, it
/// calls `wait`, which keeps the feedback going and throws when the wait is over for another reason.
final class EventPublisher {
    /// Waits for progress for a moment.
    typealias Waiter = () throws(RelayInterruption) -> Void

    /// Where a row comes from.
    struct Origin {
        /// Commit LSN of its transaction; 0/0 in a snapshot.
        let lsn: LSN
        /// Unix µs; 0 in a snapshot.
        let commitTime: Int64
        /// Its id; nil in a snapshot.
        let transaction: UInt32?
    }

    private struct TopicSlot {
        let generation: UInt32
        let handle: TopicHandle
        /// Largest `encodedSize` it takes.
        let sizeLimit: Int
    }

    /// A unit ends after this many events or bytes: bookkeeping and memory are bounded by it, not by the transaction.
    private static let unitEvents = 500
    private static let unitBytes = 1 << 20
    /// What a batch adds to a single message, and a margin (kafka-producer.md section 7, rule 8).
    static let batchOverhead = 100

    private let options: RelayOptions
    private var producer: RelayProducer
    private let inspector: TopicInspector
    private let ledger: AckLedger
    private let metrics: RelayMetrics
    private let logger: Logger
    private let recordsPublished: Bool
    private let recordsDead: Bool

    private var maker: MessageMaker
    private var slots: [TopicSlot?] = []
    private var hasUnsent = false

    private var unit: AckTracker.UnitID?
    private var unitProduced = 0
    private var unitSize = 0
    private var unitTransaction: UInt32?
    private var rows: RowBatch?
    private var view: AckLedger.View

    /// Publishes one message at a time and waits for each: how the message is found that a broker refuses.
    private var isCareful: Bool { !producer.isGapless }
    /// Whether the report of a careful message is awaited.
    private var awaitsReport = false

    init(
        options: RelayOptions, statements: BookkeepingStatements, producer: RelayProducer, inspector: TopicInspector,
        ledger: AckLedger, metrics: RelayMetrics, logger: Logger
    ) {
        self.options = options
        self.producer = producer
        self.inspector = inspector
        self.ledger = ledger
        self.metrics = metrics
        self.logger = logger
        recordsPublished = statements.published != nil
        recordsDead = statements.dead != nil
        maker = MessageMaker(
            EventEncoder(format: options.format, routing: options.routing, cloudEventsSource: options.cloudEventsSource))
        view = ledger.view
    }

    /// Publishes one row. It is counted in the current unit before this returns.
    func publish(
        _ tuple: TupleData, in bytes: UnsafeRawBufferPointer, map: ColumnMap, origin: Origin, wait: Waiter
    ) throws(RelayInterruption) {
        try waitForRoom(wait)
        if unit == nil { openUnit(origin) }
        switch maker.encoder.encode(tuple, in: bytes.bytes, map: map, commitTime: origin.commitTime) {
        case .rejected(let rejection):
            try deadLetter(tuple, in: bytes, map: map, rejection: rejection, origin: origin, wait: wait)
        case .event(let event):
            guard let slot = try slot(for: event.topic, wait: wait) else {
                let name = maker.encoder.topicName(event.topic) ?? ""
                let rejection = Rejection(.topicUnavailable, "the topic \(name) does not exist or may not be written")
                return try deadLetter(tuple, in: bytes, map: map, rejection: rejection, origin: origin, wait: wait)
            }
            guard event.encodedSize <= slot.sizeLimit else {
                let rejection = Rejection(
                    .messageTooLarge, "\(event.encodedSize) bytes; the topic takes \(slot.sizeLimit) bytes a message")
                return try deadLetter(tuple, in: bytes, map: map, rejection: rejection, origin: origin, wait: wait)
            }
            try produce(event, to: slot, wait: wait)
            if isCareful, let refusal = try waitForReport(wait) {
                let rejection = Rejection(.refusedByBroker, "the broker refused it: \(refusal.name)")
                return try deadLetter(tuple, in: bytes, map: map, rejection: rejection, origin: origin, wait: wait)
            }
            if recordsPublished { record(event.eventID) }
            count(event.encodedSize)
        }
    }

    /// Ends the current transaction: its end may be confirmed when all before it is finished.
    func endTransaction(at endLSN: LSN, commitTime: Int64) {
        let unit = self.unit ?? ledger.open(at: MonotonicTime.now(), commitTime: commitTime)
        closeUnit(unit, endLSN: endLSN)
    }

    /// Ends the current unit without ending its transaction: the stream broke, or a snapshot's batch is complete.
    func endPart() {
        if let unit { closeUnit(unit, endLSN: nil) }
    }

    /// Goes on with another producer; nothing may be under way.
    func change(to producer: RelayProducer) {
        self.producer = producer
        slots.removeAll(keepingCapacity: true)
        hasUnsent = false
    }

    /// The stream is dry: what waits for a fuller batch is sent.
    func sendNow() {
        guard hasUnsent else { return }
        hasUnsent = false
        producer.sendNow()
    }

    /// Throws what makes going on pointless; called once a turn. A refusal that careful publishing waits for is its own to judge.
    func checkDelivery() throws(RelayInterruption) {
        if let failure = (awaitsReport ? nil : view.failure) ?? producer.failure { throw .delivery(failure) }
    }

    func refreshView() { view = ledger.view }

    var lastView: AckLedger.View { view }

    /// Whether more may be handed to Kafka.
    var hasRoom: Bool {
        view.openEvents + unitProduced < options.inFlightEvents && view.openBytes + unitSize < options.inFlightBytes
    }

    // MARK: Units

    private func openUnit(_ origin: Origin) {
        let opened = ledger.open(at: MonotonicTime.now(), commitTime: origin.commitTime)
        unit = opened
        unitTransaction = origin.transaction
        unitProduced = 0
        unitSize = 0
        rows = nil
    }

    private func count(_ size: Int) {
        unitProduced += 1
        unitSize += size
        if unitProduced >= Self.unitEvents || unitSize >= Self.unitBytes { endPart() }
    }

    private func closeUnit(_ unit: AckTracker.UnitID, endLSN: LSN?) {
        view = ledger.close(unit, produced: unitProduced, bytes: unitSize, endLSN: endLSN, rows: rows)
        self.unit = nil
        unitProduced = 0
        unitSize = 0
        rows = nil
    }

    private func record(_ id: Range<Int>) {
        guard let unit else { return }
        if rows == nil { rows = RowBatch(unit: unit, transaction: unitTransaction) }
        maker.encoder.withUnsafeBytes { bytes in rows?.addPublished(id: UnsafeRawBufferPointer(rebasing: bytes[id])) }
    }

    // MARK: Waiting

    private func waitForRoom(_ wait: Waiter) throws(RelayInterruption) {
        if hasRoom { return }
        refreshView()
        if hasRoom { return }
        metrics.throttles.add()
        // A single unit can fill the limit by itself: then it has to be closed for its events to count as finished.
        endPart()
        ledger.watch(true)
        defer { ledger.watch(false) }
        refreshView()
        while !hasRoom {
            try wait()
            refreshView()
            try checkDelivery()
        }
    }

    /// Careful mode: waits until the message just produced is reported; a refusal is returned instead of thrown.
    private func waitForReport(_ wait: Waiter) throws(RelayInterruption) -> AckLedger.DeliveryFailure? {
        ledger.watch(true)
        awaitsReport = true
        defer {
            awaitsReport = false
            ledger.watch(false)
        }
        sendNow()
        while producer.outstanding > 0 { try wait() }
        guard let failure = ledger.takeFailure() else { return nil }
        guard failure.isPoison else { throw .delivery(failure) }
        return failure
    }

    private func slot(for topic: TopicID, wait: Waiter) throws(RelayInterruption) -> TopicSlot? {
        if topic.index < slots.count, let slot = slots[topic.index], slot.generation == topic.generation { return slot }
        guard let name = maker.encoder.topicName(topic) else { return nil }
        var answer = inspector.answer(for: name, now: MonotonicTime.now())
        while answer == nil {
            try wait()
            refreshView()
            try checkDelivery()
            answer = inspector.answer(for: name, now: MonotonicTime.now())
        }
        guard case .usable(let limit) = answer?.verdict else { return nil }
        let sizeLimit = max(1_000, limit - Self.batchOverhead)
        if sizeLimit < producer.batchSize { throw .smallerBatches(bytes: sizeLimit) }
        let slot = TopicSlot(generation: topic.generation, handle: try producer.topic(name), sizeLimit: sizeLimit)
        while slots.count <= topic.index { slots.append(nil) }
        slots[topic.index] = slot
        producer.setCounter(metrics.events(topic: name), at: topic.index)
        return slot
    }

    // MARK: Producing

    private func produce(_ event: EncodedEvent, to slot: TopicSlot, wait: Waiter) throws(RelayInterruption) {
        guard let unit else { throw .resource("an event without a unit") }
        let opaque = RelayProducer.opaque(unit: unit, topic: event.topic.index)
        while true {
            let outcome = maker.produce(event, to: slot.handle, with: producer, opaque: opaque)
            switch outcome {
            case .accepted:
                hasUnsent = true
                return
            case .queueFull:
                ledger.watch(true)
                defer { ledger.watch(false) }
                try wait()
                refreshView()
                try checkDelivery()
            case .refused(let error):
                slots.removeAll(keepingCapacity: true)
                let isPoison = DeliveryFailureClass(error.code) == .poison
                throw .delivery(
                    AckLedger.DeliveryFailure(unit: unit, code: error.code.rawValue, name: error.name, isPoison: isPoison))
            }
        }
    }

    // MARK: Dead letters

    /// Sends the row to the dead-letter topic, or throws `halted`. A dead letter is never dropped: until its topic can be written
    /// the relay waits.
    private func deadLetter(
        _ tuple: TupleData, in bytes: UnsafeRawBufferPointer, map: ColumnMap, rejection: Rejection, origin: Origin, wait: Waiter
    ) throws(RelayInterruption) {
        guard options.deadLetter == .topic else {
            throw .halted(reason: "an event of the transaction at \(origin.lsn) cannot be published: \(rejection.message)")
        }
        let slot = try deadLetterSlot(wait)
        let event = maker.encoder.encodeDeadLetter(
            tuple, in: bytes.bytes, map: map, rejection: rejection, lsn: origin.lsn,
            failedAt: MonotonicTime.wallClockMicroseconds(), maximumSize: slot.sizeLimit)
        if unit == nil { openUnit(origin) }
        try produce(event, to: slot, wait: wait)
        if isCareful, let refusal = try waitForReport(wait) {
            throw .resource("the dead-letter topic \(options.routing.deadLetterTopic) refuses messages: \(refusal.name)")
        }
        metrics.deadLetters(reason: rejection.code.rawValue).add()
        let id = maker.encoder.withUnsafeBytes {
            String(decoding: UnsafeRawBufferPointer(rebasing: $0[event.eventID]), as: UTF8.self)
        }
        logger.warning(
            "an event was sent to the dead-letter topic",
            [
                .eventID: .string(id), .lsn: .string("\(origin.lsn)"), .reason: .string(rejection.code.rawValue),
                .errorDetail: .string(rejection.message),
            ])
        if recordsDead, !id.isEmpty, let unit {
            if rows == nil { rows = RowBatch(unit: unit, transaction: unitTransaction) }
            rows?.addDead(id: id, reason: "\(rejection.code.rawValue): \(rejection.message)")
        }
        count(event.encodedSize)
    }

    private func deadLetterSlot(_ wait: Waiter) throws(RelayInterruption) -> TopicSlot {
        var isReported = false
        while true {
            if let slot = try slot(for: maker.encoder.deadLetterTopic, wait: wait) { return slot }
            if !isReported {
                logger.error(
                    "the dead-letter topic cannot be written; the relay waits",
                    [.topic: .string(options.routing.deadLetterTopic), .remedy: "create the topic, or allow writing to it"])
                isReported = true
            }
            try wait()
            refreshView()
            try checkDelivery()
        }
    }
}
