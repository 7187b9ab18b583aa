import ConsumerKit
import Kafka

/// A log, a database, a group and its members, driven by random steps with crashes, rebalances, lost partitions and failures between
/// any two of them. Everything that decides is the kit's own: ledger, batch machine, transaction plan, start decision, lanes.
struct ConsumerSimulation {
    private static let keys = 5
    private static let policy = RetryPolicy(retries: 1)

    private var random: SeededRandom
    private let parking: ParkingPolicy
    private let rule: BrokenRule?
    private let log: [[SimulatedEvent]]
    private let lanes: Int
    private var database = SimulatedDatabase()
    private var members: [SimulatedMember] = []
    /// Of the group, by partition.
    private var committedOffsets: [Int: Int64] = [:]
    private var isCalm = false
    private(set) var violations: [String] = []

    init(seed: UInt64, parking: ParkingPolicy, breaking rule: BrokenRule? = nil) {
        random = SeededRandom(seed)
        self.parking = parking
        self.rule = rule
        lanes = 1 + random.next(below: 3)
        log = Self.makeLog(&random)
        members = (0..<(1 + random.next(below: 3))).map { [lanes] _ in SimulatedMember(lanes: lanes) }
    }

    /// Some events bad, some repeated later under the same id.
    private static func makeLog(_ random: inout SeededRandom) -> [[SimulatedEvent]] {
        var log: [[SimulatedEvent]] = Array(repeating: [], count: 1 + random.next(below: 3))
        var written: [SimulatedEvent] = []
        for id in 0..<(10 + random.next(below: 30)) {
            var event = SimulatedEvent(id: id, key: random.next(below: keys), nature: .good)
            if random.once(in: 8) {
                event = SimulatedEvent(
                    id: id, key: event.key, nature: [.undecodable, .rejected, .broken][random.next(below: 3)])
            }
            if !written.isEmpty, random.once(in: 6) { event = written[random.next(below: written.count)] }
            written.append(event)
            log[event.key % log.count].append(event)
        }
        return log
    }

    // MARK: Running

    /// Runs to the end; afterwards ``violations`` tells what went wrong.
    mutating func run() {
        rebalance(keepingOrder: false)
        for _ in 0..<400 { step() }
        isCalm = true
        rebalance(keepingOrder: true)
        for _ in 0..<20_000 where !isDone { step() }
        for member in members { flush(member) }
        judge()
    }

    private var isDone: Bool {
        members.allSatisfy { member in
            member.lanes.allSatisfy { lane in
                if case .idle = lane.phase { lane.queue.isEmpty && lane.machine.action == .finished } else { false }
            } && member.reading.allSatisfy { $0.value >= log[$0.key].count }
        }
    }

    private mutating func step() {
        let member = members[random.next(below: members.count)]
        switch random.next(below: isCalm ? 80 : 100) {
        case 0..<25: poll(member)
        case 25..<72: laneStep(member, random.next(below: lanes))
        case 72..<76: flush(member)
        case 76..<80: commitOffsets(member)
        case 80..<88: if random.once(in: 4) { crash(member) }
        default: if random.once(in: 5) { rebalance(keepingOrder: random.once(in: 2)) }
        }
    }

    private func poll(_ member: SimulatedMember) {
        for (partition, next) in member.reading.sorted(by: { $0.key < $1.key }) where next < log[partition].count {
            guard let slot = member.ledger.slot(of: SimulatedMember.place(partition)),
                let ticket = member.ledger.admit(slot: slot, offset: Int64(next))
            else { continue }
            member.reading[partition] = next + 1
            let event = log[partition][next]
            var lane = LanePlan(lanes: lanes).lane(key: [UInt8(event.key)], partition: Int32(partition))
            if rule == .scattersKeys { lane = next % lanes }
            member.lanes[lane].queue.append(
                .init(place: SimulatedPlace(partition: partition, offset: next), event: event, ticket: ticket))
            return
        }
    }

    // MARK: Lanes

    private mutating func laneStep(_ member: SimulatedMember, _ index: Int) {
        switch member.lanes[index].phase {
        case .idle: proceed(member, index)
        case .claiming(let plan, let range, let blocked): claim(member, index, plan, range, blocked)
        case .open(var transaction):
            guard let marks = transaction.marks else {
                transaction.marks = self.marks(member, index, transaction.range)
                if rule == .finishesBeforeTheCommit {
                    member.ledger.finish(member.lanes[index].items[transaction.range].map(\.ticket))
                }
                member.lanes[index].phase = .open(transaction)
                return
            }
            // A connection that breaks before the commit.
            guard isCalm || !random.once(in: 12) else {
                member.lanes[index].phase = .idle
                return end(member, index, .failed(.dependency("postgres"), reason: "lost"))
            }
            commit(transaction, marks)
            // One that breaks after it: the lane takes it as not done.
            guard isCalm || !random.once(in: 12) else {
                member.lanes[index].phase = .idle
                return end(member, index, .failed(.dependency("postgres"), reason: "lost while committing"))
            }
            member.lanes[index].phase = .committed(transaction)
        case .committed(let transaction):
            member.ledger.finish(member.lanes[index].items[transaction.range].map(\.ticket))
            member.ledger.persisted(transaction.marks ?? [])
            member.lanes[index].phase = .idle
            end(member, index, .committed)
        }
    }

    private func marks(
        _ member: SimulatedMember, _ index: Int, _ range: Range<Int>
    ) -> [(place: TopicPartition, offset: Int64)] {
        let items = member.lanes[index].items[range]
        guard rule == .marksTheEndOfTheBatch else { return member.ledger.watermarks(with: items.map(\.ticket)) }
        return items.map { (SimulatedMember.place($0.place.partition), Int64($0.place.offset + 1)) }
    }

    private mutating func end(_ member: SimulatedMember, _ index: Int, _ outcome: BatchMachine.Outcome) {
        member.lanes[index].machine.ended(outcome, now: 0, random: 0)
    }

    private mutating func proceed(_ member: SimulatedMember, _ index: Int) {
        switch member.lanes[index].machine.action {
        case .wait: member.lanes[index].machine.waited()
        case .finished: take(member, index)
        case .run(let range):
            guard member.lanes[index].generation == member.generation else {
                let rest = member.lanes[index].machine.remaining.map { member.lanes[index].items[$0] }
                member.lanes[index].queue = rest.filter { member.ledger.isValid($0.ticket) } + member.lanes[index].queue
                member.lanes[index].machine = BatchMachine(count: 0, policy: Self.policy)
                return
            }
            if !isCalm, random.once(in: 10) { return end(member, index, .failed(.transient, reason: "deadlock")) }
            plan(member, index, range)
        }
    }

    private mutating func take(_ member: SimulatedMember, _ index: Int) {
        let count = min(member.lanes[index].queue.count, 1 + random.next(below: 8))
        let items = member.lanes[index].queue.prefix(count).filter { member.ledger.isValid($0.ticket) }
        member.lanes[index].queue.removeFirst(count)
        member.lanes[index].items = Array(items)
        member.lanes[index].generation = member.generation
        var condemned: [Int: DeadLetterCause] = [:]
        for (position, item) in items.enumerated() where item.event.nature == .undecodable {
            condemned[position] = DeadLetterCause(.badData, "", firstFailedAt: 0, lastFailedAt: 0)
        }
        member.lanes[index].machine = BatchMachine(count: items.count, policy: Self.policy, condemned: condemned)
    }

    private mutating func plan(_ member: SimulatedMember, _ index: Int, _ range: Range<Int>) {
        let items = member.lanes[index].items
        let blocked = parking == .ignore ? [] : database.blocked
        let plan = TransactionPlan(
            range: range, condemned: member.lanes[index].machine.condemned, parking: parking, blocked: blocked, now: 0,
            isEvent: { _ in true }, isKnown: { [database] in database.claims.contains(items[$0].event.id) },
            key: { items[$0].event.blockedKey })
        member.lanes[index].phase = .claiming(plan, range, blocked)
    }

    private mutating func claim(
        _ member: SimulatedMember, _ index: Int, _ plan: TransactionPlan, _ range: Range<Int>, _ blocked: Set<BlockedKey>
    ) {
        let items = member.lanes[index].items
        let letters = plan.deadLetters.map(\.index)
        let wanted = Set((plan.apply + letters).filter { items[$0].event.nature != .undecodable }.map { items[$0].event.id })
        let isHeld = members.contains { $0.holdsClaim(on: wanted, exceptLane: $0 === member ? index : nil) }
        guard !isHeld || rule == .claimsNothing else { return }
        member.lanes[index].phase = .idle
        var left = rule == .claimsNothing ? wanted : wanted.subtracting(database.claims)
        if parking != .ignore, left.count < wanted.count, rule != .forgetsToLookAgain {
            let keys = Set(range.map { items[$0].event.blockedKey })
            guard database.blocked.intersection(keys) == blocked.intersection(keys) else {
                return end(member, index, .failed(.transient, reason: "blocked meanwhile"))
            }
        }
        var transaction = SimulatedTransaction(range: range)
        if rule != .claimsNothing { transaction.claims = left }
        if rule == .claimsOutsideTheTransaction { database.claims.formUnion(left) }
        let fresh = plan.apply.filter { left.remove(items[$0].event.id) != nil }
        var buried = letters.filter { items[$0].event.nature == .undecodable || left.remove(items[$0].event.id) != nil }
        if fresh.contains(where: { items[$0].event.nature == .broken }) {
            return end(member, index, .failed(.unknown, reason: "it broke"))
        }
        let rejected = fresh.filter { items[$0].event.nature == .rejected }
        let late = TransactionPlan.condemnedTooLate(
            rejected, applied: fresh, parking: parking, key: { items[$0].event.blockedKey })
        if !late.isEmpty {
            let cause = DeadLetterCause(.rejected, "", firstFailedAt: 0, lastFailedAt: 0)
            return end(member, index, .condemned(Dictionary(uniqueKeysWithValues: late.map { ($0, cause) })))
        }
        buried += rejected
        transaction.effects = fresh.filter { !rejected.contains($0) }.map { items[$0].event }
        for position in buried { transaction.letters[items[position].place] = items[position].event }
        for position in plan.parked { transaction.parked[items[position].place] = items[position].event }
        member.lanes[index].phase = .open(transaction)
    }

    private mutating func commit(_ transaction: SimulatedTransaction, _ marks: [(place: TopicPartition, offset: Int64)]) {
        database.claims.formUnion(transaction.claims)
        database.effects += transaction.effects
        database.letters.merge(transaction.letters) { first, _ in first }
        database.parked.merge(transaction.parked) { first, _ in first }
        database.move(marks)
        checkMarks()
    }

    // MARK: The group

    private mutating func flush(_ member: SimulatedMember) {
        let marks = member.ledger.unpersisted
        database.move(marks)
        member.ledger.persisted(marks)
        checkMarks()
    }

    private mutating func commitOffsets(_ member: SimulatedMember) {
        var offsets = member.ledger.uncommitted
        if rule == .commitsWhatWasRead {
            offsets = member.reading.map { (SimulatedMember.place($0.key), Int64($0.value)) }
            database.move(offsets.map { ($0.0, $0.1) })
        }
        for (place, offset) in offsets { committedOffsets[Int(place.partition)] = offset }
        member.ledger.committed(offsets)
    }

    /// The process dies: its memory is gone, its open transactions end as the database finds them.
    private mutating func crash(_ member: SimulatedMember) {
        for index in member.lanes.indices {
            if case .open(let transaction) = member.lanes[index].phase, let marks = transaction.marks, random.once(in: 2) {
                commit(transaction, marks)
            }
        }
        member.forgetAll()
        member.lanes = Array(repeating: SimulatedMember.Lane(), count: lanes)
        rebalance(keepingOrder: false)
    }

    /// Gives the partitions anew. Members give back what they have in good order, or find that they have lost it and have
    /// transactions open that nobody told to stop.
    private mutating func rebalance(keepingOrder: Bool) {
        for member in members {
            if keepingOrder { giveBack(member) }
            member.forgetAll()
        }
        for partition in log.indices where isCalm || !random.once(in: 10) {
            let member = members[random.next(below: members.count)]
            let decision = StartDecision.decide(
                highWater: database.marks[partition], committed: committedOffsets[partition], low: 0,
                high: Int64(log[partition].count))
            let start = decision.offset
            database.marks[partition] = max(database.marks[partition] ?? 0, start)
            member.ledger.assign([(SimulatedMember.place(partition), start)])
            member.reading[partition] = Int(start)
        }
    }

    private mutating func giveBack(_ member: SimulatedMember) {
        for index in member.lanes.indices {
            for _ in 0..<4 {
                switch member.lanes[index].phase {
                case .idle: break
                // It waits for somebody else: the time for giving back is over.
                case .claiming: member.lanes[index].phase = .idle
                case .open, .committed: laneStep(member, index)
                }
            }
        }
        flush(member)
        commitOffsets(member)
    }

    // MARK: Judging

    /// Everything below a mark has to be done in the database.
    private mutating func checkMarks() {
        for (partition, mark) in database.marks {
            for offset in 0..<min(Int(mark), log[partition].count) {
                let event = log[partition][offset]
                let place = SimulatedPlace(partition: partition, offset: offset)
                let isDone =
                    database.letters[place] != nil || database.parked[place] != nil
                    || (event.nature != .undecodable && database.claims.contains(event.id))
                if !isDone, rule != .claimsNothing { violations.append("mark \(mark) of \(partition) passes \(place) undone") }
            }
        }
    }

    private mutating func judge() {
        if !isDone { violations.append("it does not come to an end") }
        var order: [Int: [Int]] = [:]
        for event in database.effects { order[event.key, default: []].append(event.id) }
        for (partition, events) in log.enumerated() {
            if database.marks[partition] != Int64(events.count) {
                violations.append("the mark of \(partition) is not at the end")
            }
        }
        for key in 0..<Self.keys {
            let expected = expectation(key)
            if order[key] ?? [] != expected.effects {
                violations.append("key \(key): effects \(order[key] ?? []), not \(expected.effects)")
            }
            let buried = database.letters.filter { $0.value.key == key }
            if Set(buried.values.map(\.id)) != expected.letters { violations.append("key \(key): other dead letters") }
            let once = buried.values.filter { $0.nature != .undecodable }.map(\.id)
            if once.count != Set(once).count { violations.append("key \(key): a dead letter twice") }
            let parked = Set(database.parked.values.filter { $0.key == key }.map(\.id))
            if !parked.isSuperset(of: expected.parked) { violations.append("key \(key): not parked") }
            // A repetition in one transaction with its first may wait behind a letter as well, and is known when its turn comes.
            for (place, event) in database.parked where event.key == key && !expected.parked.contains(event.id) {
                if log[place.partition].firstIndex(where: { $0.id == event.id }) == place.offset {
                    violations.append("key \(key): \(event.id) is parked without a reason")
                }
            }
        }
    }

    /// What a single flawless pass over the log would do with a key.
    private func expectation(_ key: Int) -> (effects: [Int], letters: Set<Int>, parked: Set<Int>) {
        var effects: [Int] = []
        var letters: Set<Int> = []
        var parked: Set<Int> = []
        var isBlocked = false
        for event in log[key % log.count] where event.key == key {
            if event.nature == .undecodable {
                letters.insert(event.id)
                isBlocked = true
                continue
            }
            guard !effects.contains(event.id), !letters.contains(event.id) else { continue }
            if isBlocked, parking == .wait {
                parked.insert(event.id)
            } else if event.nature != .good || (isBlocked && parking == .follow) {
                letters.insert(event.id)
                isBlocked = true
            } else {
                effects.append(event.id)
            }
        }
        return (effects, letters, parked)
    }
}
