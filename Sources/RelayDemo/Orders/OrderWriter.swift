import PostgresClient
import ServiceRuntime
import Synchronization

/// One till of the shop: a thread with a connection that writes orders in transactions at a steady rate.
final class OrderWriter: Sendable {
    private let settings: ConnectionSettings
    private let recorder: DeliveryRecorder
    private let stop: StopSignal
    private let eventsPerSecond: Double
    private let deadline: Int64
    private let start: Int64
    private let script: Mutex<OrderScript>
    private let isCancelled = Atomic<Bool>(false)
    private let thread = Mutex<OwnedThread?>(nil)

    /// - Parameters:
    ///   - duration: ns from now on during which it writes.
    ///   - stop: ends it before.
    init(
        _ script: OrderScript, settings: ConnectionSettings, eventsPerSecond: Double, duration: Int64,
        recorder: DeliveryRecorder, stop: StopSignal
    ) throws(DemoError) {
        self.script = Mutex(script)
        self.settings = settings
        self.eventsPerSecond = eventsPerSecond
        self.recorder = recorder
        self.stop = stop
        start = MonotonicTime.now()
        deadline = start + duration
        do throws(SystemError) {
            let started = try OwnedThread.start(name: "orders") { [self] in run() }
            thread.withLock { $0 = started }
        } catch { throw DemoError("\(error)") }
    }

    /// Writes no further transaction.
    func cancel() { isCancelled.store(true, ordering: .releasing) }

    /// Waits for the end of its last transaction. Returns the script as it goes on from there.
    @discardableResult
    func join() -> OrderScript {
        thread.withLock { $0 }?.join()
        return script.withLock { $0 }
    }

    private func run() {
        do throws(PostgresError) {
            let connection = try Connection.open(settings, stop: stop)
            var script = self.script.withLock { $0 }
            defer { self.script.withLock { $0 = script } }
            var random = SystemRandomNumberGenerator()
            var committed = 0
            while wait(until: start + Int64(Double(committed) / eventsPerSecond * 1e9)) {
                let transaction = script.next(using: &random)
                try Self.write(transaction, on: connection, recorder)
                committed += transaction.events.count { $0.commits }
            }
        } catch {
            if error.kind != .interrupted { recorder.fail(DemoError("writing orders: \(error)")) }
        }
    }

    /// Runs a transaction, entering its events just before its end.
    static func write(
        _ transaction: OrderTransaction, on connection: Connection, _ recorder: DeliveryRecorder
    ) throws(PostgresError) {
        try connection.execute(transaction.statements)
        recorder.write(transaction.events, at: MonotonicTime.now())
        try connection.execute(transaction.ending)
    }

    private var isOver: Bool { stop.isSet || isCancelled.load(ordering: .acquiring) }

    /// Returns false when the time to write is over.
    private func wait(until due: Int64) -> Bool {
        var now = MonotonicTime.now()
        // Less than a millisecond is not waited for: poll(2) would make it one.
        while due - now > 1_000_000, now < deadline, !isOver {
            let left = (min(due, deadline) - now) / 1_000_000
            _ = try? waitReadable([PollTarget(stop.fileDescriptor)], timeoutMilliseconds: min(left, 200))
            now = MonotonicTime.now()
        }
        return now < deadline && !isOver
    }
}
