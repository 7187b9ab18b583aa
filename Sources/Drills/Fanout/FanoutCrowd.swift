import CLinux
import Glibc
import ServiceRuntime
import Synchronization

/// Many clients of two or more fan-out instances, on one thread: whoever loses its connection comes back at another instance.
///
/// Any thread may call. Lives until `stop`.
public final class FanoutCrowd: Sendable {
    private struct Line {
        var client: FanoutClient
        /// Which of the ports it uses, or tries next.
        var port: Int
        /// -1 between two connections.
        var socket: Int32 = -1
        /// When it connects, in nanoseconds of the monotonic clock.
        var due: Int64 = 0
        var tries = 0
        /// Of the request, until the connection stands.
        var unsent: [UInt8] = []
    }

    private struct State {
        var lines: [Line]
        var random = XorShift(seed: 1)
        var staysAway = false
        /// Lines without a socket.
        var away: Int
    }

    private let ports: [Int]
    private let epoll: Int32
    private let state: Mutex<State>
    private let stopSignal: StopSignal
    private let thread = Mutex<OwnedThread?>(nil)

    /// Begins to connect, evenly to all ports.
    public init(_ plans: [FanoutClientPlan], ports: [Int]) throws {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        self.ports = ports
        let lines = plans.enumerated().map { Line(client: FanoutClient($1), port: $0 % ports.count) }
        state = Mutex(State(lines: lines, away: lines.count))
        stopSignal = try StopSignal()
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard epoll >= 0 else { throw SystemError(code: errno, call: "epoll_create1") }
        let started = try OwnedThread.start(name: "fanout-crowd") { [self] in run() }
        thread.withLock { $0 = started }
    }

    /// How many of them get events now.
    public var liveCount: Int { state.withLock { $0.lines.count { $0.client.isLive } } }

    /// Events of all of them so far.
    public var eventCount: Int { state.withLock { $0.lines.reduce(0) { $0 + $1.client.record.events.count } } }

    /// Those that get no events now, a few words each.
    public var absent: [String] {
        state.withLock { state in
            state.lines.enumerated().filter { !$1.client.isLive }.map { number, line in
                "client \(number) (\(line.client.plan.form)): "
                    + "\(line.socket < 0 ? "waits for" : "connects to") \(ports[line.port]), try \(line.tries)"
            }
        }
    }

    public var records: [FanoutRecord] { state.withLock { $0.lines.map(\.client.record) } }

    /// Cuts the connections of every second client, so that it comes back to the port with this place: an instance that was away has
    /// clients again.
    public func move(toPort place: Int) {
        state.withLock { state in
            for index in state.lines.indices where index % 2 == place % 2 && state.lines[index].port != place {
                hangUp(index, &state)
                state.lines[index].port = place
                state.lines[index].due = MonotonicTime.now() + Int64(state.random.below(200)) * 1_000_000
            }
        }
    }

    /// Whoever loses its connection from now on does not come back.
    public func stayAway() { state.withLock { $0.staysAway = true } }

    /// Ends the thread and all connections. Callable any number of times.
    public func stop() {
        stopSignal.set()
        guard let running = thread.withLock({ $0.take() }) else { return }
        running.join()
        state.withLock { state in for index in state.lines.indices { hangUp(index, &state) } }
        close(epoll)
    }

    // MARK: The thread

    private func run() {
        var events = [epoll_event](repeating: epoll_event(), count: 256)
        let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { chunk.deallocate() }
        while !stopSignal.isSet {
            let count = Int(epoll_wait(epoll, &events, 256, 10))
            let now = MonotonicTime.now()
            state.withLock { state in
                for event in events.prefix(max(0, count)) { serve(Int(event.data.u64), &state, chunk) }
                guard state.away > 0, !state.staysAway else { return }
                for index in state.lines.indices where state.lines[index].socket < 0 && state.lines[index].due <= now {
                    connect(index, &state)
                }
            }
        }
    }

    private func serve(_ index: Int, _ state: inout State, _ chunk: UnsafeMutableRawBufferPointer) {
        guard state.lines[index].socket >= 0 else { return }
        if !state.lines[index].unsent.isEmpty {
            guard send(state.lines[index].unsent, state.lines[index].socket) else { return lost(index, &state) }
            state.lines[index].unsent = []
            watch(index, state.lines[index].socket, EPOLLIN.rawValue, EPOLL_CTL_MOD)
        }
        let got = recv(state.lines[index].socket, chunk.baseAddress, chunk.count, Int32(MSG_DONTWAIT))
        guard got > 0 else {
            if got == 0 || (errno != EAGAIN && errno != EINTR) { lost(index, &state) }
            return
        }
        for answer in state.lines[index].client.take(UnsafeRawBufferPointer(rebasing: chunk[..<got])) {
            if case .send(let bytes) = answer, send(bytes, state.lines[index].socket) { continue }
            return lost(index, &state)
        }
        if state.lines[index].client.isLive { state.lines[index].tries = 0 }
    }

    private func send(_ bytes: [UInt8], _ socket: Int32) -> Bool {
        Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
    }

    /// Comes back elsewhere, soon at first.
    private func lost(_ index: Int, _ state: inout State) {
        hangUp(index, &state)
        state.lines[index].port = (state.lines[index].port + 1) % ports.count
        state.lines[index].tries += 1
        let spread = min(1_000, 100 << min(state.lines[index].tries, 4))
        state.lines[index].due = MonotonicTime.now() + Int64(state.random.below(spread)) * 1_000_000
    }

    private func hangUp(_ index: Int, _ state: inout State) {
        guard state.lines[index].socket >= 0 else { return }
        close(state.lines[index].socket)
        state.lines[index].socket = -1
        state.lines[index].client.disconnected()
        state.away += 1
    }

    private func connect(_ index: Int, _ state: inout State) {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard socket >= 0 else { return lost(index, &state) }
        let port = ports[state.lines[index].port]
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(truncatingIfNeeded: port)).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        state.lines[index].socket = socket
        state.away -= 1
        guard status == 0 || errno == EINPROGRESS else { return lost(index, &state) }
        state.lines[index].unsent = state.lines[index].client.connect(port: port)
        watch(index, socket, EPOLLIN.rawValue | EPOLLOUT.rawValue, EPOLL_CTL_ADD)
    }

    private func watch(_ index: Int, _ socket: Int32, _ interest: UInt32, _ operation: Int32) {
        var event = epoll_event()
        event.events = interest
        event.data.u64 = UInt64(index)
        epoll_ctl(epoll, operation, socket, &event)
    }
}
