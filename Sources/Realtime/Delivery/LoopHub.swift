/// The clients of one loop: who gets what, from where on, and how far each has got.
///
/// Every call is made on the loop's thread; there are no locks. Events come by ``ingest(_:now:)``, alike for all hubs of the instance.
/// A client is registered before anything is replayed to it, and what it misses while its connection is blocked it reads from the
/// same history, so that it gets every event of its channels once and in order, or is told to reset.
public final class LoopHub {
    let settings: HubSettings
    var ring: HistoryRing
    var table = SubscriptionTable<HubClient>()
    /// By number.
    var clients: ContiguousArray<HubClient?> = []
    var freeNumbers: [UInt32] = []
    var nextSerial: UInt64 = 1
    var wheel: PingWheel
    var random: SplitMix
    /// Live clients have had everything below.
    var delivered: Int64 = 0
    /// Clients that are not live and whose connections take more.
    var readers: ContiguousArray<HubClient> = []
    var nextReader = 0
    /// Subscriptions whose cursor is ahead of their client.
    var waiting: [WaitingSubscription] = []
    /// Clients that went over a limit while events were given out.
    var overdue: [HubClient] = []
    /// The cursor of everybody who is live; nil when it has to be made.
    var liveCursorText: String?
    var draining: Draining?
    var gathering = Gathering()
    var due: [UInt32] = []

    public internal(set) var counters = HubCounters()
    /// Clients that are connected, those on their way out included.
    public internal(set) var clientCount = 0
    /// When ``tick(now:)`` has to be called for what is collected within the interval; nil: nothing is.
    public internal(set) var flushAt: Int64?
    /// Whether ``turn(now:)`` is to be called again soon, after other connections had theirs.
    public internal(set) var needsTurn = false
    /// Called with a token that a client sent to replace its own. To be answered, then or later, by ``refreshed(_:with:id:now:)``.
    public var verify: ((HubClient, _ token: String, RequestID?) -> Void)?

    /// - Parameters:
    ///   - seed: of the jitter.
    public init(_ settings: HubSettings, seed: UInt64, now: HubTime) {
        self.settings = settings
        ring = HistoryRing(limits: settings.history)
        wheel = PingWheel(now: now.milliseconds)
        random = SplitMix(seed: seed)
    }

    /// Up to where the topic has been read here.
    public var positions: Positions { ring.positions }
    /// Events, bytes and coverage of the history.
    public var history: HistoryRing { ring }

    /// Where somebody stands who has everything up to now: for a page that loads its state and subscribes then.
    public var cursor: String {
        if let liveCursorText { return liveCursorText }
        let made: String
        if delivered == ring.end {
            let proof = ring.event(before: delivered).map {
                Cursor.Proof(partition: $0.partition, fingerprint: $0.fingerprint)
            }
            made = Cursor(epoch: settings.epoch, proof: proof, positions: ring.positions).text
        } else {
            made = cursorText(before: delivered)
        }
        liveCursorText = made
        return made
    }

    /// Of somebody who has had every event below this number.
    func cursorText(before sequence: Int64) -> String {
        ring.event(before: sequence)?.cursorText
            ?? Cursor(epoch: settings.epoch, proof: nil, positions: ring.origin).text
    }

    /// Where a client stands: it has everything below.
    func cursorText(of client: HubClient) -> String {
        guard let place = client.place else { return cursor }
        if let backfill = place.backfill { return backfill.cursor }
        if let catchUp = place.catchUp { return cursor(catchUp.cursor, before: place.next).text }
        return place.next == delivered ? cursor : cursorText(before: place.next)
    }

    /// Of somebody who has had what `own` says, and of everything below this number what concerned them.
    private func cursor(_ own: Cursor, before sequence: Int64) -> Cursor {
        guard let passed = try? Cursor(cursorText(before: sequence)), !own.positions.covers(passed.positions) else { return own }
        let positions = own.positions.union(passed.positions)
        for proof in [passed.proof, own.proof] {
            guard let proof else { continue }
            let source = proof == passed.proof ? passed.positions : own.positions
            if source[proof.partition] == positions[proof.partition] {
                return Cursor(epoch: own.epoch, proof: proof, positions: positions)
            }
        }
        for entry in positions.entries {
            if let fingerprint = ring.fingerprint(before: entry.next, in: entry.partition) {
                let proof = Cursor.Proof(partition: entry.partition, fingerprint: fingerprint)
                return Cursor(epoch: own.epoch, proof: proof, positions: positions)
            }
        }
        return own
    }

    // MARK: Events

    /// Takes in what the reader found. With an interval of 0 everything has been given out when it returns, except to those who are
    /// behind.
    public func ingest(_ batch: EventBatch, now: HubTime) {
        liveCursorText = nil
        if let start = batch.restart {
            ring.restart(at: start, sequence: batch.firstSequence)
            delivered = batch.firstSequence
            resetAll(now: now.milliseconds)
        }
        for event in batch.events {
            ring.append(event, now: now.milliseconds, keeping: delivered)
            if ring.end - delivered >= Int64(Gathering.limit) { flush(now: now.milliseconds) }
        }
        counters.events += batch.events.count
        ring.advance(to: batch.positions)
        liveCursorText = nil
        if settings.interval == 0 {
            flush(now: now.milliseconds)
        } else {
            if delivered < ring.end, flushAt == nil { flushAt = now.milliseconds + settings.interval }
            serveReaders(now: now.milliseconds)
        }
    }

    /// The history is void: nobody can be told what was missed.
    private func resetAll(now: Int64) {
        for client in clients {
            guard let client, client.state == .open else { continue }
            reset(client, .historyLost, now: now)
        }
    }

    /// Lets those who are behind read on. To be called while ``needsTurn`` says so.
    public func turn(now: HubTime) { serveReaders(now: now.milliseconds) }
}
