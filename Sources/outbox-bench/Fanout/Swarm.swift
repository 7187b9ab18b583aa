import CEpoll
import COpenSSL
import Glibc
import ServiceRuntime

/// Many WebSocket clients in one thread, as lean as can be: they share the processors with the server that is measured.
///
/// Each has to get every event once, in order and unchanged. Whatever else comes is an error, and the measurement is void.
final class Swarm {
    /// Clients whose connections are being made at the same time.
    static let pace = 64
    static let key = "dGhlIHNhbXBsZSBub25jZQ=="
    static let acceptance = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    static let room = 1 << 18
    /// Ports for connections from one address to one server are fewer than 28,232.
    static let clientsPerAddress = 20_000

    let frames: FrameLog
    let epoll: Int32
    let stop: StopSignal
    var clients: ContiguousArray<SwarmClient> = []
    var buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Swarm.room, alignment: 64)
    var ready = [epoll_event](repeating: epoll_event(), count: 512)
    var port = 0
    var path = ""
    var tls: OpaquePointer?
    var nextToConnect = 0
    var underWay = 0
    var narrow: Int?

    /// Clients that have been greeted.
    var readyCount = 0
    /// Events that were received, by all together.
    var deliveries = 0
    /// Reads that brought something.
    var reads = 0
    /// Messages that are no events.
    var otherMessages = 0
    /// What must not be: the measurement is void.
    var problem: String?
    /// From the due moment of an event to its arrival, ns, of those that are timed.
    var latencies: ContiguousArray<Int64> = []
    /// Which events are timed, when they are due, and which is the schedule's first.
    var timed: (events: Range<Int>, schedule: Schedule, firstNumber: Int)?
    /// Clients that came back ask for what they missed, and must be told that they have it all.
    var isResuming = false

    init(_ frames: FrameLog, stop: StopSignal) throws {
        self.frames = frames
        self.stop = stop
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard epoll >= 0 else { throw BenchError("epoll_create1: errno \(errno)") }
    }

    deinit {
        cut()
        close(epoll)
        buffer.deallocate()
        if let tls { SSL_CTX_free(tls) }
    }

    var count: Int { clients.count }

    // MARK: The loop

    /// Serves the clients until the condition holds, which is looked at after each round of reads; false when the time was over.
    func run(seconds: Double, until isDone: () -> Bool) throws -> Bool {
        let deadline = MonotonicTime.now() + Int64(seconds * 1_000_000_000)
        while !isDone() {
            try turn(milliseconds: 1)
            if MonotonicTime.now() >= deadline { return isDone() }
        }
        return true
    }

    /// One round of reads.
    func turn(milliseconds: Int32) throws {
        let count = Int(epoll_wait(epoll, &ready, Int32(ready.count), milliseconds))
        if count > 0 {
            for slot in 0..<count {
                let index = Int(ready[slot].data.u64)
                if clients[index].state == .ready { read(index) } else { advance(index) }
            }
        }
        if stop.isSet { throw BenchError.interrupted }
        if let problem { throw BenchError(problem) }
    }

    func fail(_ index: Int, _ text: String) {
        if problem == nil { problem = "client \(index), event \(clients[index].next): \(text)" }
    }

    // MARK: Events

    /// The next event of everybody is this one.
    func expect(_ number: Int) {
        for index in clients.indices { clients[index].next = number }
    }

    /// Whether everybody has had all events below this number.
    func hasAll(below number: Int) -> Bool { clients.allSatisfy { $0.next >= number || $0.isDeaf } }

    /// The last client reads nothing any more.
    func deafenLast() {
        guard let index = clients.indices.last else { return }
        clients[index].isDeaf = true
        epoll_ctl(epoll, EPOLL_CTL_DEL, clients[index].descriptor, nil)
    }

    /// Forgets what was measured so far.
    func beginMeasurement(_ events: Range<Int>? = nil, schedule: Schedule? = nil, firstNumber: Int = 0) {
        deliveries = 0
        reads = 0
        latencies.removeAll()
        if let events, let schedule {
            timed = (events, schedule, firstNumber)
            latencies.reserveCapacity(events.count * clients.count)
        } else {
            timed = nil
        }
    }
}
