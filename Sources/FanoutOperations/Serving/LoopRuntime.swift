import HTTPServer
import Realtime
import ServiceRuntime
import Synchronization
import Telemetry
import WebSocket

/// One loop's side of the fan-out: its hub, its clock, and what it publishes for other threads.
///
/// Threading: everything but ``deliver(_:)``, ``backlog``, ``snapshot``, ``isLive`` and ``post(_:)`` belongs to the loop's thread.
/// `@unchecked Sendable` states that rule; the compiler cannot see it.
final class LoopRuntime: @unchecked Sendable {
    private static let tickMilliseconds = 100
    /// A loop that has not turned for so long is stuck.
    private static let stuckNanoseconds: Int64 = 15_000_000_000

    let allowance: WebSocketAllowance
    /// nil until the topic is known.
    private(set) var hub: LoopHub?
    /// Batches that were given and not yet taken in.
    let backlog = Atomic<Int>(0)
    /// When the loop turned last, in nanoseconds of the monotonic clock; 0 before its time is kept.
    private let turned = Atomic<Int64>(0)
    private let published = Mutex(LoopSnapshot())
    private let loop: ServerLoop
    private let gate: ClientGate
    private let latency: Histogram
    private var scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    private var isTurnPosted = false
    private var flushTimer: LoopTimer?

    init(loop: ServerLoop, gate: ClientGate, webSocket: WebSocketLimits, latency: Histogram) {
        self.loop = loop
        self.gate = gate
        self.latency = latency
        allowance = WebSocketAllowance(limits: webSocket)
    }

    deinit { scratch.deallocate() }

    var index: Int { loop.index }
    var snapshot: LoopSnapshot { published.withLock { $0 } }

    /// Whether the loop turns. From every thread.
    var isLive: Bool {
        let last = turned.load(ordering: .relaxed)
        return last == 0 || MonotonicTime.now() - last < Self.stuckNanoseconds
    }

    var now: HubTime {
        HubTime(
            milliseconds: MonotonicTime.now() / 1_000_000, unixSeconds: MonotonicTime.wallClockMicroseconds() / 1_000_000)
    }

    // MARK: From every thread

    func post(_ work: @escaping @Sendable (LoopRuntime) -> Void) {
        loop.post { [weak self] in if let self { work(self) } }
    }

    /// Makes the hub and begins to keep its time.
    func begin(_ settings: HubSettings) {
        post { runtime in
            guard runtime.hub == nil else { return }
            var generator = SystemRandomNumberGenerator()
            let hub = LoopHub(settings, seed: generator.next(), now: runtime.now)
            hub.verify = { [unowned runtime, unowned hub] client, token, id in
                hub.refreshed(client, with: runtime.gate.refreshed(token), id: id, now: runtime.now)
            }
            runtime.hub = hub
        }
        loop.every(milliseconds: Self.tickMilliseconds) { [weak self] in self?.tick() }
        loop.every(milliseconds: 1_000) { [weak self] in self?.publish() }
    }

    func deliver(_ batch: EventBatch) {
        backlog.wrappingAdd(1, ordering: .relaxed)
        post { runtime in
            runtime.backlog.wrappingSubtract(1, ordering: .relaxed)
            runtime.hub?.ingest(batch, now: runtime.now)
            if runtime.gate.state.phase != .loading { runtime.observe(batch) }
            runtime.settle()
        }
    }

    /// From the log to the sockets of this loop.
    private func observe(_ batch: EventBatch) {
        guard batch.restart == nil else { return }
        let now = MonotonicTime.wallClockMicroseconds()
        for event in batch.events {
            if let timestamp = event.timestamp {
                latency.observe(DeliveryTime.seconds(recordMilliseconds: timestamp, nowMicroseconds: now))
            }
        }
    }

    // MARK: On the loop's thread

    /// A copy that may be written to, valid until the next one is made.
    func copy(_ bytes: UnsafeRawBufferPointer) -> UnsafeMutableRawBufferPointer {
        if bytes.count > scratch.count {
            scratch.deallocate()
            scratch = .allocate(byteCount: bytes.count, alignment: 16)
        }
        scratch.copyMemory(from: bytes)
        return UnsafeMutableRawBufferPointer(rebasing: scratch[..<bytes.count])
    }

    /// After every call to the hub: arranges what it wants to be called for.
    func settle() {
        guard let hub else { return }
        if hub.needsTurn, !isTurnPosted {
            isTurnPosted = true
            post { runtime in
                runtime.isTurnPosted = false
                runtime.hub?.turn(now: runtime.now)
                runtime.settle()
            }
        }
        if let flushAt = hub.flushAt, flushTimer == nil {
            let delay = max(0, flushAt - now.milliseconds)
            flushTimer = loop.after(milliseconds: Int(delay)) { [weak self] in
                self?.flushTimer = nil
                self?.tick()
            }
        }
    }

    private func tick() {
        turned.store(MonotonicTime.now(), ordering: .relaxed)
        hub?.tick(now: now)
        settle()
    }

    private func publish() {
        guard let hub else { return }
        var snapshot = LoopSnapshot()
        snapshot.counters = hub.counters
        for form in ClientForm.allCases { snapshot.clients[form] = hub.count(of: form) }
        snapshot.channels = hub.channelCount
        snapshot.subscriptions = hub.subscriptionCount
        snapshot.behind = hub.behindCount
        snapshot.historyEvents = hub.history.count
        snapshot.historyBytes = hub.history.bytes
        snapshot.unfinishedBytes = allowance.unfinishedBytes
        published.withLock { $0 = snapshot }
    }
}
