import CLibPQ
import Glibc
public import ServiceRuntime

/// One session with PostgreSQL over libpq, used by one thread at a time and never shared.
///
/// Every wait has a deadline and ends early when the `StopSignal` is set, so that a stalled network cannot keep a thread.
/// libpq's asynchronous calls are used throughout (PostgreSQL 15 documentation, 34.4 and 34.10).
public final class Connection {
    var handle: OpaquePointer?
    private let stop: StopSignal?
    private let notices = NoticeCollector()

    /// Whether a statement in progress is cancelled on the server when the stop signal ends the wait for it. For statements that
    /// would leave something behind; costs a connection's time.
    public var cancelsOnStop = false

    /// The server's version as a number: 150018 is 15.18.
    public private(set) var serverVersion = 0

    init(handle: OpaquePointer, stop: StopSignal?) {
        self.handle = handle
        self.stop = stop
        PQsetNoticeReceiver(handle, NoticeCollector.receive, Unmanaged.passUnretained(notices).toOpaque())
    }

    deinit { close() }

    /// Connects to the first address of the DSN that answers and suits.
    ///
    /// Throws the last address's error: `connection` with the server's SQLSTATE where it gave one, `interrupted`,
    /// `configuration`.
    public static func open(_ settings: ConnectionSettings, stop: StopSignal? = nil) throws(PostgresError) -> Connection {
        var failure = PostgresError(kind: .connection, message: "no address to connect to")
        for keywords in try settings.attempts() {
            do throws(PostgresError) {
                return try open(keywords: keywords, timeout: settings.connectTimeoutMilliseconds, stop: stop)
            } catch {
                if error.kind == .interrupted { throw error }
                // A refusal that names a reason says more than the silence of a later address.
                if failure.sqlState == nil || error.sqlState != nil { failure = error }
            }
        }
        throw failure
    }

    private static func open(
        keywords: [(String, String)], timeout: Int64, stop: StopSignal?
    ) throws(PostgresError) -> Connection {
        let connection = try withCStrings(keywords.map(\.0)) { names throws(PostgresError) -> Connection in
            try withCStrings(keywords.map(\.1)) { values throws(PostgresError) -> Connection in
                guard let handle = PQconnectStartParams(names, values, 0) else {
                    throw PostgresError(kind: .connection, message: "out of memory")
                }
                return Connection(handle: handle, stop: stop)
            }
        }
        guard let handle = connection.handle, PQstatus(handle) != CONNECTION_BAD else {
            throw connection.connectFailure()
        }
        // The SQLSTATE of a refused connection is only in a verbose message (protocol.md section 4).
        PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
        let deadline = MonotonicTime.now() + timeout * 1_000_000
        var events = Int16(POLLOUT)
        while true {
            switch try connection.wait(for: events, until: deadline) {
            case .ready: break
            case .timedOut:
                let host = PQhost(handle).map { String(cString: $0) } ?? "the server"
                throw PostgresError(kind: .timeout, message: "\(host) did not answer within \(timeout) ms")
            }
            switch PQconnectPoll(handle) {
            case PGRES_POLLING_READING: events = Int16(POLLIN)
            case PGRES_POLLING_WRITING: events = Int16(POLLOUT)
            case PGRES_POLLING_OK:
                PQsetErrorVerbosity(handle, PQERRORS_DEFAULT)
                PQsetnonblocking(handle, 1)
                connection.serverVersion = Int(PQserverVersion(handle))
                return connection
            default: throw connection.connectFailure()
            }
        }
    }

    // MARK: Statements

    /// Runs one statement and returns its last result.
    ///
    /// Without parameters the simple protocol is used (a walsender knows no other), and `sql` may hold several statements.
    /// - Parameter timeoutMilliseconds: nil waits without end (still until `stop`); past it the connection is closed.
    @discardableResult
    public func execute(
        _ sql: String, _ parameters: [QueryParameter] = [], timeoutMilliseconds: Int64? = 30_000
    ) throws(PostgresError) -> QueryResult {
        let handle = try liveHandle()
        try send(sql, parameters, to: handle)
        let deadline = timeoutMilliseconds.map { MonotonicTime.now() + $0 * 1_000_000 }
        var last: QueryResult?
        var failure: PostgresError?
        while let result = try nextResult(until: deadline, timeoutMilliseconds: timeoutMilliseconds) {
            switch PQresultStatus(result) {
            case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
                last = QueryResult(owning: result)
            case PGRES_COPY_BOTH, PGRES_COPY_IN, PGRES_COPY_OUT:
                PQclear(result)
                close()
                throw PostgresError(kind: .protocolViolation, message: "a COPY began where a statement's result was expected")
            default:
                failure = failure ?? Connection.serverError(result)
                PQclear(result)
            }
        }
        if let failure {
            if PQstatus(handle) == CONNECTION_BAD { close() }
            throw failure
        }
        guard let last else { throw lost("the connection ended before the result came") }
        return last
    }

    /// Runs a query and hands its rows over one by one, each as a result of one row: the memory needed is that of the largest
    /// row, however many there are, because what is not taken yet stays in the socket.
    ///
    /// When `body` throws, the connection is closed: the rest of the rows is of no use. Returns how many rows there were.
    public func forEachRow<Failure: Error>(
        _ sql: String, timeoutMilliseconds: Int64, failure: (PostgresError) -> Failure,
        _ body: (QueryResult) throws(Failure) -> Void
    ) throws(Failure) -> Int {
        var rows = 0
        var problem: PostgresError?
        do throws(PostgresError) {
            let handle = try liveHandle()
            try send(sql, [], to: handle)
            PQsetSingleRowMode(handle)
        } catch { throw failure(error) }
        while true {
            let result: OpaquePointer?
            do throws(PostgresError) {
                let deadline = MonotonicTime.now() + timeoutMilliseconds * 1_000_000
                result = try nextResult(until: deadline, timeoutMilliseconds: timeoutMilliseconds)
            } catch { throw failure(error) }
            guard let result else { break }
            switch PQresultStatus(result) {
            case PGRES_SINGLE_TUPLE:
                rows += 1
                do throws(Failure) { try body(QueryResult(owning: result)) } catch {
                    close()
                    throw error
                }
            case PGRES_TUPLES_OK, PGRES_COMMAND_OK: PQclear(result)
            default:
                problem = problem ?? Connection.serverError(result)
                PQclear(result)
            }
        }
        if let problem { throw failure(problem) }
        return rows
    }

    /// Runs `body` in a transaction; rolls back when it throws.
    public func transaction<Value>(_ begin: String = "BEGIN", _ body: () throws(PostgresError) -> Value) throws(PostgresError)
        -> Value
    {
        try execute(begin)
        do throws(PostgresError) {
            let value = try body()
            try execute("COMMIT")
            return value
        } catch {
            if isOpen { _ = try? execute("ROLLBACK", timeoutMilliseconds: 2_000) }
            throw error
        }
    }

    /// Asks the server to cancel the statement in progress. Blocks for a connection's time; errors are of no use to anybody.
    public func cancel() {
        guard let handle, let request = PQgetCancel(handle) else { return }
        var text = [CChar](repeating: 0, count: 256)
        PQcancel(request, &text, Int32(text.count))
        PQfreeCancel(request)
    }

    // MARK: State

    public var isOpen: Bool { handle != nil }

    /// For poll(2); -1 when closed.
    public var fileDescriptor: Int32 { handle.map { PQsocket($0) } ?? -1 }

    /// The server process that serves this session.
    public var backendPID: Int32 { handle.map { PQbackendPID($0) } ?? 0 }

    public var host: String { handle.flatMap { PQhost($0) }.map { String(cString: $0) } ?? "" }
    public var port: String { handle.flatMap { PQport($0) }.map { String(cString: $0) } ?? "" }
    public var database: String { handle.flatMap { PQdb($0) }.map { String(cString: $0) } ?? "" }
    public var user: String { handle.flatMap { PQuser($0) }.map { String(cString: $0) } ?? "" }
    public var isTLS: Bool { handle.map { PQsslInUse($0) != 0 } ?? false }

    /// Idempotent.
    public func close() {
        guard let handle else { return }
        self.handle = nil
        PQfinish(handle)
    }

    /// Notices received since the last call; at most 100 are kept.
    public func takeNotices() -> [PostgresNotice] { notices.take() }

    /// Whether `takeNotices` has something.
    public var hasNotices: Bool { !notices.isEmpty }

    /// The payloads of notifications (LISTEN) that have come since the last call, in their order. They come with any answer of the
    /// server, and with `idleFailure`.
    public func takeNotifications() -> [String] {
        guard let handle else { return [] }
        var payloads: [String] = []
        while let notification = PQnotifies(handle) {
            payloads.append(String(cString: notification.pointee.extra))
            PQfreemem(notification)
        }
        return payloads
    }

    /// Whether an idle session was ended by the server: reads what is there without waiting.
    ///
    /// A server that shuts down says so on every session at once (57P01), long before a busy stream would notice.
    public func idleFailure() -> PostgresError? {
        guard let handle else { return PostgresError(kind: .connection, message: "the connection is closed") }
        guard PQconsumeInput(handle) == 1, PQstatus(handle) == CONNECTION_OK else { return lost("the server ended the session") }
        return nil
    }

    // MARK: Waiting

    enum Readiness { case ready, timedOut }

    /// Waits for the socket; throws `interrupted` when the stop signal is set, unless that is to be ignored.
    func wait(for events: Int16, until deadline: Int64?, ignoresStop: Bool = false) throws(PostgresError) -> Readiness {
        let socket = fileDescriptor
        guard socket >= 0 else { throw lost("the connection is closed") }
        var descriptors = [pollfd(fd: socket, events: events, revents: 0)]
        if let stop, !ignoresStop { descriptors.append(pollfd(fd: stop.fileDescriptor, events: Int16(POLLIN), revents: 0)) }
        while true {
            var timeout: Int32 = -1
            if let deadline {
                let left = deadline - MonotonicTime.now()
                guard left > 0 else { return .timedOut }
                timeout = Int32(min((left + 999_999) / 1_000_000, 60_000))
            }
            let ready = poll(&descriptors, nfds_t(descriptors.count), timeout)
            if ready < 0 {
                guard errno == EINTR else { throw PostgresError(kind: .connection, message: "poll failed (errno \(errno))") }
                continue
            }
            if descriptors.count > 1, descriptors[1].revents != 0 {
                if cancelsOnStop { cancel() }
                close()
                throw PostgresError(kind: .interrupted, message: "stopped while waiting for the server")
            }
            if descriptors[0].revents != 0 { return .ready }
        }
    }

    private func nextResult(until deadline: Int64?, timeoutMilliseconds: Int64?) throws(PostgresError) -> OpaquePointer? {
        while true {
            let handle = try liveHandle()
            let unsent = PQflush(handle)
            guard unsent >= 0 else { throw lost("sending failed") }
            if unsent == 0, PQisBusy(handle) == 0 { return PQgetResult(handle) }
            let events = Int16(POLLIN) | (unsent > 0 ? Int16(POLLOUT) : 0)
            guard try wait(for: events, until: deadline) == .ready else {
                close()
                throw PostgresError(kind: .timeout, message: "no answer within \(timeoutMilliseconds ?? 0) ms")
            }
            if PQconsumeInput(handle) == 0, PQisBusy(handle) != 0 { throw lost("the connection broke") }
        }
    }

    private func send(_ sql: String, _ parameters: [QueryParameter], to handle: OpaquePointer) throws(PostgresError) {
        let sent: Int32
        if parameters.isEmpty {
            sent = PQsendQuery(handle, sql)
        } else {
            let values = parameters.map { parameter -> [UInt8]? in
                switch parameter {
                case .null: nil
                case .text(let text): Array(text.utf8) + [0]
                case .bytes(let bytes): bytes + [0]
                }
            }
            sent = withPointers(to: values) { pointers in
                PQsendQueryParams(handle, sql, Int32(parameters.count), nil, pointers, nil, nil, 0)
            }
        }
        guard sent == 1 else { throw lost("the statement could not be sent") }
    }

    func liveHandle() throws(PostgresError) -> OpaquePointer {
        guard let handle else { throw PostgresError(kind: .connection, message: "the connection is closed") }
        return handle
    }

    // MARK: Errors

    /// Closes the connection and says why, with the server's last words where there are any.
    func lost(_ summary: String) -> PostgresError {
        var error = PostgresError(kind: .connection, message: summary)
        if let handle {
            while let result = PQgetResult(handle) {
                if PQresultStatus(result) == PGRES_FATAL_ERROR {
                    let words = Connection.serverError(result)
                    if error.sqlState == nil, words.sqlState != nil {
                        error.sqlState = words.sqlState
                        error.message = words.message
                        error.detail = words.detail
                    }
                }
                let isEnd = PQstatus(handle) == CONNECTION_BAD
                PQclear(result)
                if isEnd { break }
            }
            if error.sqlState == nil {
                let text = Connection.firstLine(String(cString: PQerrorMessage(handle)))
                if !text.isEmpty { error.message = text }
            }
        }
        close()
        return error
    }

    private func connectFailure() -> PostgresError {
        guard let handle else { return PostgresError(kind: .connection, message: "the connection is closed") }
        let text = String(cString: PQerrorMessage(handle))
        close()
        if text.contains("invalid connection option") || text.contains("invalid sslmode") || text.contains("invalid port") {
            return PostgresError(kind: .configuration, message: Connection.firstLine(text))
        }
        return PostgresError(
            kind: .connection, sqlState: Connection.verboseSQLState(in: text), message: Connection.firstLine(text))
    }

    /// Finds the code in `FATAL:  42501: must be superuser ...`; the severity may be translated.
    static func verboseSQLState(in text: String) -> SQLState? {
        let bytes = Array(text.utf8)
        guard bytes.count > 9 else { return nil }
        for start in 0..<(bytes.count - 8)
        where bytes[start] == UInt8(ascii: ":") && bytes[start + 1] == 32 && bytes[start + 2] == 32
            && bytes[start + 8] == UInt8(ascii: ":")
        {
            let code = bytes[(start + 3)..<(start + 8)]
            if code.allSatisfy({ (48...57).contains($0) || (65...90).contains($0) }) {
                return SQLState(rawValue: String(decoding: code, as: UTF8.self))
            }
        }
        return nil
    }

    static func serverError(_ result: OpaquePointer) -> PostgresError {
        func field(_ code: Character) -> String? {
            guard let ascii = code.asciiValue, let text = PQresultErrorField(result, Int32(ascii)) else { return nil }
            return String(cString: text)
        }
        let message = field("M") ?? firstLine(PQresultErrorMessage(result).map { String(cString: $0) } ?? "")
        return PostgresError(
            kind: field("C") == nil ? .connection : .server, sqlState: field("C").map(SQLState.init(rawValue:)),
            message: message.isEmpty ? "the server closed the connection" : message, detail: field("D"), hint: field("H"))
    }

    private static func firstLine(_ text: String) -> String {
        String(text.split(whereSeparator: \.isNewline).first ?? "")
    }
}
