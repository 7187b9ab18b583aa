import Glibc
import ServiceRuntime
import Synchronization
public import Telemetry

/// An HTTP/1.1 server on threads of its own, plain or TLS: for health, metrics and status, and for streams (SSE, WebSocket).
///
/// Each loop is one thread with connections of its own; the kernel spreads new ones over the loops. Handlers run on the loop of
/// their connection. The port is taken in `init`, so a conflict is known before anything else starts; connections wait in the
/// kernel's backlog until `start`. What is public may be called from every thread.
public final class HTTPServer: Sendable {
    private enum State {
        case bound
        case running([OwnedThread])
        case stopped([OwnedThread])
    }

    /// The port that is listened on: the kernel's choice when 0 was asked for.
    public let boundPort: UInt16
    /// The loops, to bring work to all of them.
    public let loops: [ServerLoop]
    private let servers: [EventHTTP]
    private let tls: TLSSource?
    private let admission: Admission
    private let logger: Logger
    private let address: String
    private let state = Mutex(State.bound)

    /// Takes the port and reads the certificate.
    ///
    /// - Parameters:
    ///   - listen: the address; port 0 lets the kernel choose.
    ///   - loops: how many threads; at least 1.
    ///   - routes: what is answered.
    ///   - tls: the certificate; nil for plain HTTP.
    ///   - logger: also takes libevent's own warnings, which are of the whole process.
    ///   - limits: what clients may cost.
    public init(
        listen: ListenAddress, loops: Int = 1, routes: Router, tls: TLSFiles? = nil, logger: Logger,
        limits: HTTPLimits = HTTPLimits()
    ) throws(HTTPServerError) {
        LibEventLog.install(logger)
        do {
            self.tls = try tls.map { (files) throws(TLSError) in try TLSSource(files) }
        } catch {
            throw .tls(error)
        }
        let admission = Admission(limits: limits)
        self.admission = admission
        var made: [ServerLoop] = []
        for index in 0..<max(1, loops) {
            made.append(try ServerLoop(index: index))
        }
        let sockets: (descriptors: [Int32], port: UInt16)
        do {
            sockets = try ListeningSocket.open(listen, count: made.count, limits: limits)
        } catch {
            throw .cannotListen(address: listen.description, error)
        }
        servers = try Self.makeServers(made, sockets.descriptors, routes, self.tls, limits, admission)
        self.loops = made
        self.logger = logger
        boundPort = sockets.port
        address = ListenAddress(host: listen.host, port: sockets.port).description
        watchCertificate()
    }

    deinit {
        stop()
    }

    /// What the server has to do now and has done since its start.
    public var statistics: HTTPStatistics {
        admission.statistics
    }

    /// When the certificate ends that new connections get, in seconds since 1970-01-01 UTC. nil without TLS.
    public var certificateExpiry: Int64? {
        tls?.expiresAt
    }

    /// Whether the files of the certificate were exchanged for some that are of no use, so that new connections get the one before.
    public var isCertificateOutdated: Bool {
        tls.map { !$0.isCurrent } ?? false
    }

    /// Begins to answer. A second call does nothing; after `stop` it throws.
    public func start() throws(HTTPServerError) {
        let started = try state.withLock { (state) throws(HTTPServerError) -> Bool in
            switch state {
            case .running: return false
            case .stopped: throw .alreadyStopped
            case .bound: break
            }
            var threads: [OwnedThread] = []
            for (loop, server) in zip(loops, servers) {
                do throws(SystemError) {
                    threads.append(try Self.startThread(loop, server, isOnly: loops.count == 1))
                } catch {
                    // Those that run end; the others were never begun and are closed with this object.
                    for loop in loops { loop.requestStop() }
                    state = .stopped(threads)
                    throw .system(error)
                }
            }
            state = .running(threads)
            return true
        }
        if started {
            logger.info("http server listening", [.listen: .string(address)])
        }
    }

    /// Closes the port: new clients are refused by the kernel. Requests on open connections are answered, and end them; streams
    /// go on. Waits until it is done, but not when it is called from a loop.
    public func stopAccepting() {
        let isWaiting = state.withLock { if case .running = $0 { !loops.contains(where: \.isCurrent) } else { false } }
        let countdown = Countdown()
        for (loop, server) in zip(loops, servers) {
            let part = countdown.makePart()
            // Later, so that the loop takes those first who wait in the backlog.
            loop.after(milliseconds: 1) {
                withExtendedLifetime(part) { server.stopAccepting() }
            }
        }
        if isWaiting {
            countdown.wait(parts: servers.count)
        }
    }

    /// Closes the port and all connections and waits until the threads have ended; answers still being sent are cut off, and
    /// every stream's handler gets `streamEnded`, on its loop. Any number of calls, from every thread; from a loop it does not
    /// wait.
    public func stop() {
        let threads: [OwnedThread] = state.withLock { state in
            switch state {
            case .bound:
                for (loop, server) in zip(loops, servers) {
                    server.close()
                    loop.close()
                }
                state = .stopped([])
                return []
            case .running(let threads):
                for loop in loops {
                    loop.requestStop()
                }
                state = .stopped(threads)
                return threads
            case .stopped(let threads):
                return threads
            }
        }
        // Loops that wait for each other would wait for ever.
        guard !loops.contains(where: \.isCurrent) else { return }
        for thread in threads {
            thread.join()
        }
    }

    /// Reads certificate and key again, for connections that come from now on. When they cannot be used everything stays as it
    /// is. Does nothing without TLS.
    public func reloadCertificate() throws(TLSError) {
        try tls?.reload()
    }

    private static func makeServers(
        _ loops: [ServerLoop], _ descriptors: [Int32], _ routes: Router, _ tls: TLSSource?, _ limits: HTTPLimits,
        _ admission: Admission
    ) throws(HTTPServerError) -> [EventHTTP] {
        var servers: [EventHTTP] = []
        for (loop, descriptor) in zip(loops, descriptors) {
            do {
                servers.append(
                    try EventHTTP(
                        loop: loop, descriptor: descriptor, router: routes, tls: tls, limits: limits, admission: admission))
            } catch {
                // The failed one has closed its own.
                for unused in descriptors.dropFirst(servers.count + 1) { close(unused) }
                throw error
            }
        }
        return servers
    }

    /// The thread, not the server, keeps loop and evhttp: a server that goes away stops them in its deinit.
    private static func startThread(
        _ loop: ServerLoop, _ server: EventHTTP, isOnly: Bool
    ) throws(SystemError) -> OwnedThread {
        try OwnedThread.start(name: isOnly ? "http" : "http-\(loop.index)") {
            loop.run()
            server.close()
            loop.close()
        }
    }

    private func watchCertificate() {
        guard let tls else { return }
        let logger = logger
        loops[0].every(milliseconds: tls.checkMilliseconds) { tls.reloadIfChanged(logger) }
    }
}
