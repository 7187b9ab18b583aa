import Drills
import Glibc
import LocalServers
import ServiceRuntime
import Synchronization

/// Stands between the relay and a real PostgreSQL and passes everything on, except where a test has it lie: frames of its own into a
/// replication stream, silence, or a cut.
///
/// It understands just enough of the protocol to know where a message ends (PostgreSQL documentation, 55.7), so that an untrue frame
/// lands between two true ones. Without that it is a load balancer, whatever the protocol. Clients have to come without TLS and GSS. One thread accepts, and one per connection passes on.
final class WireProxy: Sendable {
    /// What is done to one replication stream, when it begins.
    struct Lie: Sendable {
        /// Raw bytes towards the relay, as if the server had sent them right behind CopyBothResponse.
        let bytes: [UInt8]
        /// Whether the connection is cut behind them.
        let thenCuts: Bool

        /// Whole CopyData messages.
        static func frames(_ payloads: [[UInt8]]) -> Lie {
            Lie(bytes: payloads.flatMap { WireProxy.copyData($0) }, thenCuts: false)
        }

        static func raw(_ bytes: [UInt8], thenCuts: Bool = false) -> Lie { Lie(bytes: bytes, thenCuts: thenCuts) }
    }

    private struct State {
        var target: Int
        var lies: [Lie] = []
        var isStalled = false
        var connections: Set<Int32> = []
        var told = 0
    }

    /// Where the relay connects to, on 127.0.0.1.
    let port: Int
    private let listener: Int32
    private let isPostgres: Bool
    private let state: Mutex<State>
    private let stop: StopSignal
    private let thread = Mutex<OwnedThread?>(nil)

    /// - Parameters:
    ///   - target: the server's port.
    ///   - isPostgres: whether lies may be told.
    init(target: Int, isPostgres: Bool = true) throws {
        self.isPostgres = isPostgres
        port = try FreePort.next()
        stop = try StopSignal()
        state = Mutex(State(target: target))
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var yes: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        let bound = Self.withAddress(port) { bind(listener, $0, $1) }
        guard bound == 0, listen(listener, 16) == 0 else { throw SystemError(code: errno, call: "bind") }
        let started = try OwnedThread.start(name: "proxy") { [self] in accept() }
        thread.withLock { $0 = started }
    }

    /// Ends all connections and the threads.
    func shutDown() {
        stop.set()
        thread.withLock { $0 }?.join()
        close(listener)
    }

    /// The next replication streams begin with these, one each.
    func tell(_ lies: [Lie]) { state.withLock { $0.lies += lies } }

    /// How many lies were told so far.
    var told: Int { state.withLock { $0.told } }

    /// From now on nothing passes, and nobody is told: a network that swallows everything. `false` lets go on.
    func stall(_ isStalled: Bool) { state.withLock { $0.isStalled = isStalled } }

    /// Connects to another server from now on; connections that exist stay.
    func redirect(to port: Int) { state.withLock { $0.target = port } }

    /// Cuts every connection.
    func cut() { state.withLock { for connection in $0.connections { shutdown(connection, Int32(SHUT_RDWR)) } } }

    static func copyData(_ payload: [UInt8]) -> [UInt8] {
        [UInt8(ascii: "d")] + bigEndian(payload.count + 4, count: 4) + payload
    }

    /// The header of XLogData and a message of the output plugin.
    static func walData(_ message: [UInt8], start: Int = 0) -> [UInt8] {
        [UInt8(ascii: "w")] + bigEndian(start, count: 8) + bigEndian(start, count: 8) + bigEndian(0, count: 8) + message
    }

    static func bigEndian(_ value: Int, count: Int) -> [UInt8] {
        (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }

    // MARK: Threads

    private func accept() {
        var threads: [OwnedThread] = []
        while !stop.isSet {
            guard
                let found = try? waitReadable([PollTarget(listener), PollTarget(stop.fileDescriptor)], timeoutMilliseconds: -1),
                !found[0].isEmpty
            else { continue }
            let client = Glibc.accept(listener, nil, nil)
            guard client >= 0 else { continue }
            if let started = try? OwnedThread.start(name: "proxy-link", { [self] in link(client) }) { threads.append(started) }
        }
        for thread in threads { thread.join() }
    }

    private func link(_ client: Int32) {
        let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        let target = state.withLock { state in
            state.connections.insert(client)
            return state.target
        }
        defer {
            state.withLock { _ = $0.connections.remove(client) }
            close(client)
            close(server)
        }
        guard Self.connect(server, port: target) else { return }
        var parser = BackendMessages()
        while !stop.isSet {
            let isStalled = state.withLock { $0.isStalled }
            let wanted = isStalled ? [PollTarget(-1), PollTarget(-1)] : [PollTarget(client), PollTarget(server)]
            guard let found = try? waitReadable(wanted + [PollTarget(stop.fileDescriptor)], timeoutMilliseconds: 20) else {
                return
            }
            if !found[0].isEmpty {
                guard let bytes = Self.receive(client), Self.send(bytes, to: server) else { return }
            }
            if !found[1].isEmpty {
                guard let bytes = Self.receive(server), pass(bytes, to: client, &parser) else { return }
            }
        }
    }

    private func pass(_ bytes: [UInt8], to client: Int32, _ parser: inout BackendMessages) -> Bool {
        guard isPostgres, let end = parser.endOfCopyBothResponse(in: bytes) else { return Self.send(bytes, to: client) }
        let lie = state.withLock { state -> Lie? in
            guard !state.lies.isEmpty else { return nil }
            state.told += 1
            return state.lies.removeFirst()
        }
        guard let lie else { return Self.send(bytes, to: client) }
        guard Self.send(Array(bytes[..<end]) + lie.bytes, to: client), !lie.thenCuts else { return false }
        return Self.send(Array(bytes[end...]), to: client)
    }

    private static func receive(_ descriptor: Int32) -> [UInt8]? {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        return count > 0 ? Array(chunk.prefix(count)) : nil
    }

    private static func send(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var offset = 0
        while offset < bytes.count {
            let count = bytes[offset...].withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            offset += count
        }
        return true
    }

    /// Connects a socket to a port of 127.0.0.1.
    static func connect(_ descriptor: Int32, port: Int) -> Bool { withAddress(port) { Glibc.connect(descriptor, $0, $1) } == 0 }

    private static func withAddress<Value>(_ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Value) -> Value {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafeBytes(of: &address) { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { body($0.baseAddress!, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }
}

/// Finds where messages of the server end: a type byte, and a length that counts itself.
private struct BackendMessages {
    private var header: [UInt8] = []
    private var left = 0

    /// The offset behind a CopyBothResponse (`W`) that ends in these bytes.
    mutating func endOfCopyBothResponse(in bytes: [UInt8]) -> Int? {
        var found: Int?
        var offset = 0
        while offset < bytes.count {
            if left == 0 {
                header.append(bytes[offset])
                offset += 1
                guard header.count == 5 else { continue }
                left = header[1...].reduce(0) { $0 << 8 | Int($1) } - 4
            } else {
                let step = min(left, bytes.count - offset)
                left -= step
                offset += step
            }
            if left == 0 {
                if header[0] == UInt8(ascii: "W") { found = offset }
                header = []
            }
        }
        return found
    }
}
