internal import CRDKafka
internal import ServiceRuntime
internal import Synchronization

/// Sends what waits for `linger.ms` at once when the producing side has nothing more to add.
///
/// A fixed linger is wrong at both ends: it delays a lone message, and under load it is too short for good batches. librdkafka
/// ignores the linger while a flush is under way, so a short flush on a thread of its own is the way to say "now"
/// (rd_kafka_flush with delivery reports as events only waits; the reports are served elsewhere).
final class Expediter: Sendable {
    /// How long one flush lasts at most. The sending starts at its beginning; it ends early when everything is delivered.
    private static let flushMilliseconds: Int32 = 1

    nonisolated(unsafe) private let client: OpaquePointer
    private let wakeUp: EventFD
    private let isStopping = Atomic<Bool>(false)
    private let thread = Mutex<OwnedThread?>(nil)

    /// - Parameter client: has to live until `stop` has returned.
    init(client: OpaquePointer) throws(SystemError) {
        self.client = client
        wakeUp = try EventFD()
        let started = try OwnedThread.start(name: "kafka-expedite") { [self] in run() }
        thread.withLock { $0 = started }
    }

    /// Callable from any thread; requests that come together are one.
    func request() { wakeUp.signal() }

    /// Ends and joins the thread, within a flush's time.
    func stop() {
        isStopping.store(true, ordering: .releasing)
        wakeUp.signal()
        thread.withLock { $0 }?.join()
    }

    private func run() {
        while true {
            _ = try? waitReadable([PollTarget(wakeUp.fileDescriptor)], timeoutMilliseconds: -1)
            wakeUp.drain()
            if isStopping.load(ordering: .acquiring) { return }
            rd_kafka_flush(client, Self.flushMilliseconds)
        }
    }
}
