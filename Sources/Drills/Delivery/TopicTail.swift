import Kafka
import ServiceRuntime
import Synchronization
import Telemetry

/// Follows topics from their beginning on a thread of its own while a drill runs: how much has arrived, and how long nothing did.
public final class TopicTail: Sendable {
    private struct Seen {
        var ids: Set<String> = []
        var lastArrival: Int64 = 0
        var longestGap: Int64 = 0
    }

    private let seen = Mutex(Seen())
    private let isStopped = Atomic<Bool>(false)
    private let thread = Mutex<OwnedThread?>(nil)

    /// Begins to follow; the topics must exist.
    public init(_ topics: [String], bootstrap: String) throws {
        let consumer = try Consumer(
            properties: ["bootstrap.servers": bootstrap, "fetch.wait.max.ms": "20", "reconnect.backoff.max.ms": "500"],
            logger: .disabled)
        for topic in topics { try consumer.assign(topic: topic) }
        seen.withLock { $0.lastArrival = MonotonicTime.now() }
        let started = try OwnedThread.start(name: "topic-tail") { [self] in
            while !isStopped.load(ordering: .acquiring) {
                if case .record(let id) = consumer.withRawRecord(timeoutMilliseconds: 50, { EventRecord($0, topic: "").id }) {
                    note(id)
                }
            }
            consumer.close()
        }
        thread.withLock { $0 = started }
    }

    /// Events so far, each id once.
    public var eventCount: Int { seen.withLock { $0.ids.count } }

    /// The longest time between two arrivals since the last call of `resetGap`, in seconds.
    public var longestGap: Double { seen.withLock { Double(max($0.longestGap, 0)) / 1_000_000_000 } }

    public func resetGap() {
        seen.withLock { seen in
            seen.longestGap = 0
            seen.lastArrival = MonotonicTime.now()
        }
    }

    /// Waits until that many different events have arrived; returns whether they have.
    public func waitFor(events count: Int, seconds: Double) -> Bool { Await.until(seconds: seconds) { eventCount >= count } }

    /// Ends the thread. Callable any number of times.
    public func stop() {
        isStopped.store(true, ordering: .releasing)
        thread.withLock { $0 }?.join()
    }

    private func note(_ id: String) {
        let now = MonotonicTime.now()
        seen.withLock { seen in
            seen.ids.insert(id)
            seen.longestGap = max(seen.longestGap, now - seen.lastArrival)
            seen.lastArrival = now
        }
    }
}
