import ServiceRuntime
import Synchronization
public import Telemetry

/// A small HTTP/1.1 server on a thread of its own: for health, metrics and status.
///
/// The port is taken in `init`, so a conflict is known before anything else starts; connections wait in the kernel's backlog
/// until `start`. Handlers run on the server's thread. `start` and `stop` may be called from every thread.
public final class HTTPServer: Sendable {
    private enum State {
        case bound
        case running(OwnedThread)
        case stopped(OwnedThread?)
    }

    /// The port that is listened on: the kernel's choice when 0 was asked for.
    public let boundPort: UInt16
    private let loop: EventLoop
    private let http: EventHTTP
    private let logger: Logger
    private let address: String
    private let state = Mutex(State.bound)

    /// Takes the port.
    ///
    /// - Parameters:
    ///   - listen: the address; port 0 lets the kernel choose.
    ///   - routes: what is answered.
    ///   - logger: also takes libevent's own warnings, which are of the whole process.
    ///   - limits: what clients may cost.
    public init(
        listen: ListenAddress, routes: Router, logger: Logger, limits: HTTPLimits = HTTPLimits()
    ) throws(HTTPServerError) {
        LibEventLog.install(logger)
        let loop = try EventLoop()
        let socket: (descriptor: Int32, port: UInt16)
        do {
            socket = try ListeningSocket.open(listen)
        } catch {
            throw .cannotListen(address: listen.description, error)
        }
        http = try EventHTTP(loop: loop, descriptor: socket.descriptor, router: routes, limits: limits)
        self.loop = loop
        self.logger = logger
        boundPort = socket.port
        address = ListenAddress(host: listen.host, port: socket.port).description
    }

    deinit {
        stop()
    }

    /// Begins to answer. A second call does nothing; after `stop` it throws.
    public func start() throws(HTTPServerError) {
        let started = try state.withLock { (state) throws(HTTPServerError) -> Bool in
            switch state {
            case .running: return false
            case .stopped: throw .alreadyStopped
            case .bound: break
            }
            // The thread, not this server, keeps loop and evhttp: a server that goes away stops them in its deinit.
            let (loop, http) = (loop, http)
            do throws(SystemError) {
                let thread = try OwnedThread.start(name: "http") {
                    loop.run()
                    http.close()
                    loop.close()
                }
                state = .running(thread)
                return true
            } catch {
                throw .system(error)
            }
        }
        if started {
            logger.info("http server listening", [.listen: .string(address)])
        }
    }

    /// Closes the port and all connections and waits until the thread has ended; answers still being sent are cut off. Any
    /// number of calls, from every thread; from a handler it does not wait.
    public func stop() {
        let thread: OwnedThread? = state.withLock { state in
            switch state {
            case .bound:
                http.close()
                loop.close()
                state = .stopped(nil)
                return nil
            case .running(let thread):
                loop.requestStop()
                state = .stopped(thread)
                return thread
            case .stopped(let thread):
                return thread
            }
        }
        thread?.join()
    }
}
