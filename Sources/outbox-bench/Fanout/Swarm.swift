import CEpoll
import COpenSSL
import Glibc
import ServiceRuntime

/// Many WebSocket clients in one thread, as lean as can be: they share the processors with the server that is measured.
///
/// Each has to get every event once, in order and unchanged. Whatever else comes is an error, and the measurement is void.
final class Swarm {
    /// Clients whose connections are being made at the same time.
    private static let pace = 64
    private static let key = "dGhlIHNhbXBsZSBub25jZQ=="
    static let acceptance = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    private static let room = 1 << 18
    /// Ports for connections from one address to one server are fewer than 28,232.
    private static let clientsPerAddress = 20_000

    let frames: FrameLog
    private let epoll: Int32
    private let stop: StopSignal
    private var clients: ContiguousArray<SwarmClient> = []
    private var buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Swarm.room, alignment: 64)
    private var ready = [epoll_event](repeating: epoll_event(), count: 512)
    private var port = 0
    private var path = ""
    private var tls: OpaquePointer?
    private var nextToConnect = 0
    private var underWay = 0
    private var narrow: Int?

    /// Clients that have been greeted.
    private(set) var readyCount = 0
    /// Events that were received, by all together.
    private(set) var deliveries = 0
    /// Reads that brought something.
    private(set) var reads = 0
    /// Messages that are no events.
    private(set) var otherMessages = 0
    /// What must not be: the measurement is void.
    private(set) var problem: String?
    /// From the due moment of an event to its arrival, ns, of those that are timed.
    private(set) var latencies: ContiguousArray<Int64> = []
    /// Which events are timed, when they are due, and which is the schedule's first.
    private var timed: (events: Range<Int>, schedule: Schedule, firstNumber: Int)?
    /// Clients that came back ask for what they missed, and must be told that they have it all.
    private var isResuming = false

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

    // MARK: Connections

    /// Connects so many clients and returns when the server has greeted all of them.
    /// - Parameter narrowsLast: the kernel holds little for the last one: segments and window as far away, and a small buffer.
    func connect(_ count: Int, port: Int, isTLS: Bool = false, narrowsLast: Bool = false, seconds: Int = 60) throws {
        narrow = narrowsLast ? count - 1 : nil
        self.port = port
        path = "/ws?channels=public"
        clients = ContiguousArray(repeating: SwarmClient(), count: count)
        if isTLS, tls == nil {
            guard let context = SSL_CTX_new(TLS_client_method()) else { throw BenchError("no TLS context") }
            SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nil)
            tls = context
        }
        try connectAll(seconds: seconds)
    }

    /// Lets all cut connections be made again at once, each from where its client stood, and returns when all are greeted.
    func resume(seconds: Int) throws {
        isResuming = true
        defer { isResuming = false }
        try connectAll(seconds: seconds)
    }

    private func connectAll(seconds: Int) throws {
        readyCount = 0
        nextToConnect = 0
        underWay = 0
        let limit = isResuming ? clients.count : Self.pace
        let deadline = MonotonicTime.now() + Int64(seconds) * 1_000_000_000
        while readyCount < clients.count {
            while nextToConnect < clients.count, underWay < limit {
                try begin(nextToConnect)
                nextToConnect += 1
                underWay += 1
            }
            try turn(milliseconds: 100)
            guard MonotonicTime.now() < deadline else {
                throw BenchError("only \(readyCount) of \(clients.count) clients were greeted within \(seconds) s")
            }
        }
    }

    /// Ends all connections at once, without a word.
    func cut() {
        for index in clients.indices { drop(index) }
        readyCount = 0
    }

    private func drop(_ index: Int) {
        guard clients[index].descriptor >= 0 else { return }
        if let ssl = clients[index].ssl { SSL_free(ssl) }
        // No TIME_WAIT, which would use the ports up.
        var reset = linger(l_onoff: 1, l_linger: 0)
        setsockopt(clients[index].descriptor, SOL_SOCKET, SO_LINGER, &reset, socklen_t(MemoryLayout<linger>.size))
        close(clients[index].descriptor)
        clients[index].partial?.deallocate()
        let next = clients[index].next
        clients[index] = SwarmClient()
        clients[index].next = next
    }

    private func begin(_ index: Int) throws {
        let flags = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_INET, flags, 0)
        guard descriptor >= 0 else { throw BenchError("no socket: \(String(cString: strerror(errno)))") }
        clients[index].descriptor = descriptor
        clients[index].state = .connecting
        var yes: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        if index == narrow {
            var segment: Int32 = 1_400
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_MAXSEG, &segment, socklen_t(MemoryLayout<Int32>.size))
            var bytes: Int32 = 4_096
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
        }
        if index >= Self.clientsPerAddress {
            let withoutPort: Int32 = 24  // IP_BIND_ADDRESS_NO_PORT
            setsockopt(descriptor, Int32(IPPROTO_IP), withoutPort, &yes, socklen_t(MemoryLayout<Int32>.size))
            _ = Self.withAddress(UInt32(1 + index / Self.clientsPerAddress), port: 0) { bind(descriptor, $0, $1) }
        }
        let result = Self.withAddress(1, port: port) { Glibc.connect(descriptor, $0, $1) }
        guard result == 0 || errno == EINPROGRESS else {
            throw BenchError("cannot connect to 127.0.0.1:\(port): \(String(cString: strerror(errno)))")
        }
        watch(index, EPOLLOUT.rawValue, EPOLL_CTL_ADD)
    }

    private static func withAddress(
        _ host: UInt32, port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = (UInt32(0x7f00_0000) + host).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }

    private func watch(_ index: Int, _ events: UInt32, _ operation: Int32) {
        var event = epoll_event(events: events, data: epoll_data_t(u64: UInt64(index)))
        epoll_ctl(epoll, operation, clients[index].descriptor, &event)
    }

    // MARK: The loop

    /// Serves the clients until the condition holds, which is looked at after each round of reads; false when the time was over.
    func run(seconds: Double, until isDone: () -> Bool) throws -> Bool {
        let deadline = MonotonicTime.now() + Int64(seconds * 1_000_000_000)
        while !isDone() {
            try turn(milliseconds: 20)
            if MonotonicTime.now() >= deadline { return isDone() }
        }
        return true
    }

    /// One round of reads.
    private func turn(milliseconds: Int32) throws {
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

    private func fail(_ index: Int, _ text: String) {
        if problem == nil { problem = "client \(index), event \(clients[index].next): \(text)" }
    }

    // MARK: Handshakes

    private func advance(_ index: Int) {
        switch clients[index].state {
        case .connecting: connected(index)
        case .securing: secure(index)
        case .upgrading, .greeting: read(index)
        case .idle, .ready: break
        }
    }

    private func connected(_ index: Int) {
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(clients[index].descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
        guard code == 0 else { return fail(index, "connect: \(String(cString: strerror(code)))") }
        guard let tls else { return request(index) }
        guard let ssl = SSL_new(tls), SSL_set_fd(ssl, clients[index].descriptor) == 1 else { return fail(index, "SSL_new") }
        clients[index].ssl = ssl
        clients[index].state = .securing
        secure(index)
    }

    private func secure(_ index: Int) {
        guard let ssl = clients[index].ssl else { return }
        ERR_clear_error()
        let result = SSL_connect(ssl)
        if result == 1 { return request(index) }
        switch SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ: watch(index, EPOLLIN.rawValue, EPOLL_CTL_MOD)
        case SSL_ERROR_WANT_WRITE: watch(index, EPOLLOUT.rawValue, EPOLL_CTL_MOD)
        default: fail(index, "the TLS handshake failed")
        }
    }

    private func request(_ index: Int) {
        var query = path
        if isResuming, clients[index].next > 0 {
            guard let cursor = frames.cursor(after: clients[index].next - 1) else { return fail(index, "it has no cursor") }
            query += "&cursor=\(cursor)"
        }
        let text = """
            GET \(query) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
            Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: \(Self.key)\r\n\r\n
            """
        clients[index].state = .upgrading
        guard write(index, Array(text.utf8)) else { return fail(index, "the request could not be written") }
        watch(index, EPOLLIN.rawValue, EPOLL_CTL_MOD)
    }

    private func write(_ index: Int, _ bytes: [UInt8]) -> Bool {
        if let ssl = clients[index].ssl { return SSL_write(ssl, bytes, Int32(bytes.count)) == Int32(bytes.count) }
        return send(clients[index].descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
    }

    // MARK: Reading

    private func read(_ index: Int) {
        repeat {
            let kept = clients[index].partialCount
            if kept > 0, let partial = clients[index].partial {
                buffer.baseAddress?.copyMemory(from: partial, byteCount: kept)
                clients[index].partialCount = 0
            }
            guard let start = buffer.baseAddress else { return }
            let got: Int
            if let ssl = clients[index].ssl {
                ERR_clear_error()
                let result = SSL_read(ssl, start + kept, Int32(buffer.count - kept))
                if result <= 0 {
                    keep(index, UnsafeRawBufferPointer(rebasing: buffer[..<kept]))
                    if SSL_get_error(ssl, result) != SSL_ERROR_WANT_READ { fail(index, "the server ended the connection") }
                    return
                }
                got = Int(result)
            } else {
                got = recv(clients[index].descriptor, start + kept, buffer.count - kept, 0)
                if got <= 0 {
                    keep(index, UnsafeRawBufferPointer(rebasing: buffer[..<kept]))
                    if got == 0 || (errno != EAGAIN && errno != EINTR) { fail(index, "the server ended the connection") }
                    return
                }
            }
            reads += 1
            take(index, UnsafeRawBufferPointer(rebasing: buffer[..<(kept + got)]))
        } while clients[index].ssl.map { SSL_pending($0) > 0 } ?? false
    }

    private func keep(_ index: Int, _ rest: UnsafeRawBufferPointer) {
        guard let source = rest.baseAddress, !rest.isEmpty else { return }
        if clients[index].partialRoom < rest.count {
            clients[index].partial?.deallocate()
            clients[index].partialRoom = max(1_024, rest.count)
            clients[index].partial = .allocate(byteCount: clients[index].partialRoom, alignment: 16)
        }
        clients[index].partial?.copyMemory(from: source, byteCount: rest.count)
        clients[index].partialCount = rest.count
    }

    private func take(_ index: Int, _ bytes: UnsafeRawBufferPointer) {
        var rest = bytes
        if clients[index].state == .upgrading {
            guard let end = Self.endOfHead(rest) else { return keep(index, rest) }
            let head = String(decoding: rest[..<end], as: UTF8.self)
            guard head.hasPrefix("HTTP/1.1 101 "), head.contains(Self.acceptance) else {
                return fail(index, "refused: \(head.prefix { !$0.isNewline })")
            }
            clients[index].state = .greeting
            rest = UnsafeRawBufferPointer(rebasing: rest[end...])
        }
        var next = clients[index].next
        let first = next
        while let start = rest.baseAddress, rest.count >= 2 {
            if let known = frames.frame(next), known.count <= rest.count, let reference = known.baseAddress,
                memcmp(start, reference, known.count) == 0
            {
                next += 1
                rest = UnsafeRawBufferPointer(rebasing: rest[known.count...])
                continue
            }
            clients[index].next = next
            guard let length = takeFrame(index, rest) else { break }
            next = clients[index].next
            rest = UnsafeRawBufferPointer(rebasing: rest[length...])
        }
        clients[index].next = next
        keep(index, rest)
        guard next > first else { return }
        deliveries += next - first
        if let timed { note(first..<next, timed.events, timed.schedule, timed.firstNumber) }
    }

    private func note(_ received: Range<Int>, _ events: Range<Int>, _ schedule: Schedule, _ firstNumber: Int) {
        let now = MonotonicTime.now()
        for number in received.clamped(to: events) { latencies.append(now - schedule.due(number - firstNumber)) }
    }

    /// A frame that is not simply the next event as others have had it.
    /// - Returns: its length; nil when it is not all there, or wrong.
    private func takeFrame(_ index: Int, _ bytes: UnsafeRawBufferPointer) -> Int? {
        var head = 2
        var length = Int(bytes[1])
        guard length <= 127 else {
            fail(index, "a masked frame")
            return nil
        }
        if length >= 126 {
            let width = length == 126 ? 2 : 8
            head += width
            guard bytes.count >= head else { return nil }
            length = bytes[2..<head].reduce(0) { $0 << 8 | Int($1) }
        }
        guard bytes.count >= head + length else { return nil }
        let frame = UnsafeRawBufferPointer(rebasing: bytes[..<(head + length)])
        let payload = UnsafeRawBufferPointer(rebasing: bytes[head..<(head + length)])
        switch bytes[0] {
        case 0x81: takeMessage(index, frame, payload)
        case 0x89:
            // With a mask of zeros.
            if !write(index, [0x8a, 0x80 | UInt8(payload.count), 0, 0, 0, 0] + Array(payload)) { fail(index, "no pong") }
        case 0x88: fail(index, "closed: \(String(decoding: payload.dropFirst(2), as: UTF8.self))")
        default: fail(index, "a frame of type \(bytes[0])")
        }
        return problem == nil ? head + length : nil
    }

    private func takeMessage(_ index: Int, _ frame: UnsafeRawBufferPointer, _ payload: UnsafeRawBufferPointer) {
        let number = clients[index].next
        if payload.starts(with: EventTemplate.frameStart.utf8) {
            guard clients[index].state == .ready, frames.frame(number) == nil, frames.keep(frame, payload: payload, as: number)
            else {
                return fail(index, "another event was due: \(String(decoding: payload.prefix(300), as: UTF8.self))")
            }
            clients[index].next = number + 1
            return
        }
        let text = String(decoding: payload, as: UTF8.self)
        if clients[index].state == .greeting, text.hasPrefix("{\"type\":\"welcome\"") {
            if isResuming, number > 0, !text.contains("\"recovered\":true") { return fail(index, "not recovered: \(text)") }
            clients[index].state = .ready
            readyCount += 1
            underWay -= 1
        } else if text.hasPrefix("{\"type\":\"cursor\"") {
            otherMessages += 1
        } else {
            fail(index, "an unexpected message: \(text.prefix(300))")
        }
    }

    private static func endOfHead(_ bytes: UnsafeRawBufferPointer) -> Int? {
        guard bytes.count >= 4 else { return nil }
        return (0...(bytes.count - 4)).first { bytes[$0..<($0 + 4)].elementsEqual([13, 10, 13, 10]) }.map { $0 + 4 }
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
