import ByteCoding
import Drills
import PgOutput
import PostgresReplication
import RelayCore
import TestSupport
import Testing

/// The relay's machines in a world that crashes: TransactionCursor, AckTracker, CheckpointPolicy and FeedbackPolicy joined as the
/// stream session, the publisher and the bookkeeper join them, on a simulated clock.
struct RelaySimulation {
    struct Options {
        var transactions = 25
        var sendsEmpty = false
        var crashes = true
        var purges = true
        /// Events after which a unit ends without its transaction.
        var unitEvents = 3
    }

    private struct Process {
        var tracker: AckTracker
        var policy: CheckpointPolicy
        var feedback: FeedbackPolicy
        var cursor: TransactionCursor
        var stored: LSN
        var unit: AckTracker.UnitID?
        var produced = 0
        var rows: [AckTracker.UnitID: [Int]] = [:]
        /// Rows whose bookkeeping is due, and those in the statement under way.
        var due: [AckTracker.UnitID] = []
        var pending: [AckTracker.UnitID] = []
    }

    let seed: UInt64
    let options: Options
    private(set) var database: SimulatedDatabase
    private(set) var kafka = SimulatedKafka(partitions: 3)
    private var random: XorShift
    private var process: Process
    private var now: Int64 = 0
    /// The transaction that the server sends, and the event of it that comes next.
    private var transaction = 0
    private var event = 0
    private(set) var duplicates = 0
    private var published: Set<Int> = []
    /// Transactions that were confirmed once, and found in Kafka and booked then.
    private var checked = 0

    init(seed: UInt64, options: Options) {
        self.seed = seed
        self.options = options
        random = XorShift(seed: seed &* 2_654_435_761 &+ 99)
        database = SimulatedDatabase(transactions: options.transactions, sendsEmpty: options.sendsEmpty, random: &random)
        process = Process(
            tracker: AckTracker(confirmed: database.slot), policy: CheckpointPolicy(stored: database.slot, now: 0),
            feedback: FeedbackPolicy(interval: 10 * second, probeAfter: 3 * second, start: database.slot, now: 0),
            cursor: TransactionCursor(), stored: database.slot)
        start()
    }

    var isComplete: Bool { transaction == database.transactions.count && process.tracker.isIdle && kafka.outstanding == 0 }

    mutating func run() throws {
        for _ in 0..<(options.transactions * 12) {
            try step(trouble: true)
            try check()
        }
        for _ in 0..<20_000 where !isComplete { try step(trouble: false) }
        try check()
        try #require(isComplete, "it does not come to an end, seed \(seed)")
        try verify()
    }

    private mutating func step(trouble: Bool) throws {
        now += Int64(random.below(100)) * millisecond
        switch random.below(100) {
        case 0..<45: try receive()
        case 45..<75: deliver()
        case 75..<85: bookkeep()
        case 85..<92: storeCheckpoint()
        case 92..<95: giveFeedback()
        case 95..<97: keepalive()
        default:
            guard trouble else { return }
            switch random.below(6) {
            case 0 where options.crashes: try crash()
            case 1 where options.crashes: database.saveSlot()
            case 2, 3: try disconnect()
            default: break
            }
        }
    }

    // MARK: The stream

    /// One message of the server.
    private mutating func receive() throws {
        guard transaction < database.transactions.count else { return }
        let sent = database.transactions[transaction]
        guard process.cursor.transaction != nil else {
            try process.cursor.begin(Begin(sent.commitLSN))
            event = sent.events.lowerBound
            return
        }
        guard event == sent.events.upperBound else {
            if try process.cursor.isNextEventNew() { publish(event, of: sent) }
            process.cursor.eventDone()
            event += 1
            return
        }
        let end = try process.cursor.commit(Commit(sent.commitLSN, end: sent.endLSN))
        closeUnit(process.unit ?? process.tracker.open(at: now, commitTime: 0), endLSN: end)
        process.feedback.transactionReceived(endLSN: end)
        transaction += 1
    }

    private mutating func publish(_ event: Int, of transaction: SimulatedDatabase.Transaction) {
        let unit = process.unit ?? process.tracker.open(at: now, commitTime: 0)
        process.unit = unit
        if !published.insert(event).inserted {
            duplicates += 1
            #expect(
                transaction.endLSN > process.stored, "event \(event) comes again although its position was stored, seed \(seed)")
        }
        kafka.produce(SimulatedKafka.Message(event: event, unit: unit))
        process.rows[unit, default: []].append(event)
        process.produced += 1
        if process.produced == options.unitEvents { closeUnit(unit, endLSN: nil) }
    }

    private mutating func closeUnit(_ unit: AckTracker.UnitID, endLSN: LSN?) {
        let batch: RowBatch? = process.produced > 0 ? .one(unit) : nil
        let due = process.tracker.close(unit, produced: process.produced, bytes: process.produced, endLSN: endLSN, rows: batch)
        if let due { process.due.append(due.unit) }
        process.unit = nil
        process.produced = 0
    }

    private mutating func keepalive() {
        guard process.cursor.transaction == nil else { return }
        // The server has sent everything before the transaction that comes next.
        let end =
            transaction < database.transactions.count
            ? database.transactions[transaction].commitLSN : database.transactions.last?.endLSN ?? database.slot
        process.feedback.keepaliveReceived(end: end, replyRequested: random.below(3) == 0)
        process.tracker.keepalive(end)
    }

    private mutating func giveFeedback() {
        process.feedback.confirmable(process.stored)
        guard let update = process.feedback.next(at: now) else { return }
        #expect(update.flush <= process.stored, "the server is told more than is stored, seed \(seed)")
        database.confirm(update.flush)
    }

    // MARK: Kafka and bookkeeping

    private mutating func deliver() {
        guard let message = kafka.deliver(&random) else { return }
        if let due = process.tracker.acknowledge(message.unit, count: 1) { process.due.append(due.unit) }
    }

    /// Begins a statement, or commits the one under way.
    private mutating func bookkeep() {
        guard process.pending.isEmpty else {
            for unit in process.pending { database.booked.formUnion(process.rows[unit] ?? []) }
            for unit in process.pending { process.tracker.settle(unit) }
            process.pending = []
            return
        }
        process.pending = process.due
        process.due = []
    }

    private mutating func storeCheckpoint() {
        let confirmed = process.tracker.confirmed
        let finished = process.tracker.finishedEvents
        guard process.policy.isDue(confirmed: confirmed, finishedEvents: finished, at: now) else { return }
        database.checkpoint = confirmed
        // The commit can be done and its answer lost: then the next start reads what this process never knew.
        if random.below(20) == 0 { return }
        process.policy.wrote(confirmed, finishedEvents: finished, at: now)
        process.stored = confirmed
    }

    // MARK: Trouble

    /// The relay, and sometimes the server too, is gone without a word.
    private mutating func crash() throws {
        kafka.abandon(&random)
        if random.below(2) == 0 { for unit in process.pending { database.booked.formUnion(process.rows[unit] ?? []) } }
        if random.below(3) == 0 { database.restart() }
        let from = try planned()
        process = Process(
            tracker: AckTracker(confirmed: from), policy: CheckpointPolicy(stored: from, now: now),
            feedback: FeedbackPolicy(interval: 10 * second, probeAfter: 3 * second, start: from, now: now),
            cursor: TransactionCursor(), stored: from)
        start()
    }

    private func planned() throws -> LSN {
        var slot = ReplicationSlotSample.usable
        slot.confirmedFlushLSN = database.slot
        let checkpoint = database.checkpoint.map {
            Checkpoint(slot: slot.name, phase: .streaming, systemID: "1", timeline: 1, endLSN: $0, events: 0)
        }
        let plan = StartPlan.make(
            slotName: slot.name, slot: slot, checkpoint: checkpoint, identity: ReplicationSlotSample.identity, database: "shop")
        guard case .stream(let from) = plan else {
            Issue.record("\(plan), seed \(seed)")
            throw StreamViolation("refused")
        }
        return from
    }

    /// The connection breaks. What is under way is delivered, or called back and forgotten.
    private mutating func disconnect() throws {
        if let unit = process.unit { closeUnit(unit, endLSN: nil) }
        var resume = process.cursor.resumePoint
        if options.purges, random.below(2) == 0 {
            kafka.abandon(&random)
            let kept = process.tracker.forgetUndelivered()
            process.due.removeAll { $0 > kept }
            resume = nil
        } else {
            while kafka.outstanding > 0 { deliver() }
        }
        process.cursor = TransactionCursor(resume: resume)
        process.feedback = FeedbackPolicy(
            interval: 10 * second, probeAfter: 3 * second, start: process.tracker.received, now: now)
        start()
    }

    private mutating func start() {
        transaction = database.firstTransaction(from: process.tracker.received)
        event = 0
    }

    // MARK: What has to hold

    /// After every step: confirmed means delivered and booked, and is stored before the server hears of it.
    private mutating func check() throws {
        try #require(database.slot <= max(database.checkpoint ?? 0, 0x1000), "the slot is ahead of the checkpoint, seed \(seed)")
        try #require(process.stored <= process.tracker.confirmed, "seed \(seed)")
        while checked < database.transactions.count, database.transactions[checked].endLSN <= process.tracker.confirmed {
            for event in database.transactions[checked].events {
                try #require(kafka.written.contains(event), "event \(event) is confirmed and not in Kafka, seed \(seed)")
                try #require(database.booked.contains(event), "event \(event) is confirmed and not booked, seed \(seed)")
            }
            checked += 1
        }
    }

    /// At the end: every event is there, and those of a partition came first in commit order.
    private func verify() throws {
        try #require(kafka.written == Set(0..<database.eventCount), "events are missing, seed \(seed)")
        for partition in kafka.log {
            var highest = -1
            var seen: Set<Int> = []
            for event in partition where seen.insert(event).inserted {
                try #require(event > highest, "the order is broken, seed \(seed)")
                highest = event
            }
        }
    }
}
