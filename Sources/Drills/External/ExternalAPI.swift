import Glibc
public import LocalServers
import ServiceRuntime
import Synchronization

/// An HTTP API of somebody else, as consumers meet it: on 127.0.0.1, on a thread of its own, answering by a script and remembering what
/// it was sent.
///
/// The script is used up request by request; after it, every request gets the standing answer. All may be called from any thread.
public final class ExternalAPI: Sendable {
    private struct State {
        var script: ArraySlice<ExternalAnswer> = []
        var standing = ExternalAnswer.status(200)
        var requests: [ExternalRequest] = []
        var running: (thread: OwnedThread, stop: StopSignal)?
    }

    /// The same for every start.
    public let port: Int
    private let state = Mutex(State())

    /// Takes a free port and begins to answer.
    public init() throws(LocalServerError) {
        port = try FreePort.next()
        try start()
    }

    deinit { stop() }

    public var url: String { "http://127.0.0.1:\(port)/orders" }

    /// What was taken so far, in order.
    public var requests: [ExternalRequest] { state.withLock { $0.requests } }

    /// How often each key was accepted: more than once is for the receiver to notice.
    public var acceptances: [String: Int] {
        requests.filter(\.isAccepted).reduce(into: [:]) { $0[$1.key, default: 0] += 1 }
    }

    /// The answers to the next requests.
    public func script(_ answers: [ExternalAnswer]) { state.withLock { $0.script = answers[...] } }

    /// The answer to all requests after the script.
    public func always(_ answer: ExternalAnswer) { state.withLock { $0.standing = answer } }

    /// Forgets the requests.
    public func forget() { state.withLock { $0.requests = [] } }

    /// Listens again on the same port.
    public func start() throws(LocalServerError) {
        let listener = try listen()
        do throws(SystemError) {
            let stop = try StopSignal()
            let thread = try OwnedThread.start(name: "external-api") { [weak self] in
                Self.serve(listener, until: stop) { self?.answer(head: $0, body: $1) ?? .hangUp }
            }
            state.withLock { $0.running = (thread, stop) }
        } catch {
            close(listener)
            throw LocalServerError("external API: \(error)")
        }
    }

    /// Ends all connections; who comes now is refused by the kernel.
    public func stop() {
        let running = state.withLock { state in
            defer { state.running = nil }
            return state.running
        }
        running?.stop.set()
        running?.thread.join()
    }

    // MARK: Answering

    private func answer(head: [Substring], body: String) -> ExternalAnswer {
        let words = head.first?.split(separator: " ") ?? []
        return state.withLock { state in
            let answer = state.script.popFirst() ?? state.standing
            state.requests.append(
                ExternalRequest(
                    method: words.first.map(String.init) ?? "", path: words.count > 1 ? String(words[1]) : "",
                    key: ExternalConnection.header("x-idempotency-key", head) ?? "", body: body, answer: answer))
            return answer
        }
    }

    private static func response(_ status: Int, retryAfterSeconds: Int? = nil) -> [UInt8] {
        var lines = ["HTTP/1.1 \(status) Scripted", "Content-Type: application/json", "Content-Length: 2"]
        if let retryAfterSeconds { lines.append("Retry-After: \(retryAfterSeconds)") }
        return Array((lines + ["", "{}"]).joined(separator: "\r\n").utf8)
    }

    // MARK: Serving

    private func listen() throws(LocalServerError) -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(truncatingIfNeeded: port)).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard descriptor >= 0, bound == 0, Glibc.listen(descriptor, 128) == 0 else {
            close(descriptor)
            throw LocalServerError("external API: cannot listen on port \(port)")
        }
        return descriptor
    }

    /// The thread: everything is looked at whenever something moves or an answer's time has come.
    private static func serve(_ listener: Int32, until stop: StopSignal, answer: ([Substring], String) -> ExternalAnswer) {
        var clients: [ExternalConnection] = []
        defer {
            close(listener)
            for client in clients { close(client.descriptor) }
        }
        while !stop.isSet {
            var targets = [pollfd(fd: stop.fileDescriptor, events: Int16(POLLIN), revents: 0)]
            targets.append(pollfd(fd: listener, events: Int16(POLLIN), revents: 0))
            targets += clients.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
            let due = clients.compactMap { $0.pending?.time }.min()
            let pause = due.map { max(0, ($0 - MonotonicTime.now() + 999_999) / 1_000_000) } ?? 1_000
            poll(&targets, nfds_t(targets.count), Int32(min(pause, 1_000)))
            var kept: [ExternalConnection] = []
            for (client, target) in zip(clients, targets.dropFirst(2)) {
                var client = client
                if Self.turn(&client, isReadable: target.revents != 0, answer) {
                    kept.append(client)
                } else {
                    close(client.descriptor)
                }
            }
            clients = kept
            if targets[1].revents != 0 {
                let descriptor = accept(listener, nil, nil)
                _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
                if descriptor >= 0 { clients.append(ExternalConnection(descriptor: descriptor)) }
            }
        }
    }

    /// Returns whether the connection stays.
    private static func turn(
        _ client: inout ExternalConnection, isReadable: Bool, _ answer: ([Substring], String) -> ExternalAnswer
    ) -> Bool {
        if isReadable, !client.receive() { return false }
        if let pending = client.pending, pending.time <= MonotonicTime.now() {
            client.pending = nil
            guard client.send(pending.bytes) else { return false }
        }
        while let request = client.nextRequest() {
            switch answer(request.head, request.body) {
            case .status(let status, let seconds):
                guard client.send(Self.response(status, retryAfterSeconds: seconds)) else { return false }
            case .slow(let status, let milliseconds):
                client.pending = (MonotonicTime.now() + milliseconds * 1_000_000, Self.response(status))
            case .silence: client.isMute = true
            case .hangUp: return false
            }
        }
        return true
    }
}
