import CLibEvent
import COpenSSL
import Glibc
import ServiceRuntime

/// An evhttp server on a `ServerLoop`: takes connections within the limits, hands each request to the router, sends the answer or
/// makes the connection a stream.
///
/// Threading and lifetime: as the loop that it is on. Callbacks get this object unretained; they can only run inside
/// `ServerLoop.run`, whose caller holds this object, and never after `close`. `close` frees in this order: timer, streams, what
/// was taken out of evhttp, evhttp (with its listener and connections), our references on the connections; the loop frees the
/// base afterwards.
final class EventHTTP: @unchecked Sendable {
    private let loop: ServerLoop
    private let router: Router
    private let limits: HTTPLimits
    private let admission: Admission
    private let tls: TLSSource?
    private let http: OpaquePointer
    private let streams: StreamTable
    private let takeOver: TakeOver
    private var bound: OpaquePointer?
    private var listener: OpaquePointer?
    private var timer: OpaquePointer?
    private var connections: ConnectionTable
    private var isPaused = false
    private var isClosed = false

    /// Takes ownership of `descriptor`, also when it throws.
    init(
        loop: ServerLoop, descriptor: Int32, router: Router, tls: TLSSource?, limits: HTTPLimits, admission: Admission
    ) throws(HTTPServerError) {
        self.loop = loop
        self.router = router
        self.tls = tls
        self.limits = limits
        self.admission = admission
        connections = ConnectionTable(limits: limits, admission: admission)
        streams = StreamTable(loop: loop, admission: admission)
        do {
            takeOver = try TakeOver(loop: loop)
        } catch {
            Glibc.close(descriptor)
            throw error
        }
        guard let http = evhttp_new(loop.base) else {
            Glibc.close(descriptor)
            throw .library(call: "evhttp_new")
        }
        self.http = http
        setLimits()
        setCallbacks()
        guard let bound = evhttp_accept_socket_with_handle(http, descriptor) else {
            Glibc.close(descriptor)
            throw .library(call: "evhttp_accept_socket")
        }
        self.bound = bound
        listener = evhttp_bound_socket_get_listener(bound)
        // Without a handler of its own libevent would try again at once, for as long as descriptors are short. The timer
        // switches the listener on again.
        evconnlistener_set_error_cb(listener) { listener, _ in
            LibEventLog.warnAcceptFailed(SystemError.last("accept"))
            evconnlistener_disable(listener)
        }
        try startTimer()
    }

    deinit {
        close()
    }

    /// Closes the port. Connections go on; each ends with its next answer.
    func stopAccepting() {
        guard let bound, !isClosed else { return }
        self.bound = nil
        listener = nil
        evhttp_del_accept_socket(http, bound)
    }

    /// Closes the port and every connection, and tells the streams' handlers. Calling it again does nothing.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        if let timer {
            event_free(timer)
        }
        streams.removeAll()
        takeOver.freeDeparted()
        evhttp_free(http)
        connections.removeAll()
    }

    private func setLimits() {
        evhttp_set_max_headers_size(http, limits.headerBytes)
        evhttp_set_max_body_size(http, limits.bodyBytes)
        var timeout = timeval(milliseconds: limits.idleTimeoutMilliseconds)
        evhttp_set_timeout_tv(http, &timeout)
        // Every method libevent knows reaches the router, which refuses in our words; one it does not know gets its 501.
        let methods =
            EVHTTP_REQ_GET.rawValue | EVHTTP_REQ_HEAD.rawValue | EVHTTP_REQ_POST.rawValue | EVHTTP_REQ_PUT.rawValue
            | EVHTTP_REQ_DELETE.rawValue | EVHTTP_REQ_OPTIONS.rawValue | EVHTTP_REQ_TRACE.rawValue
            | EVHTTP_REQ_PATCH.rawValue
        evhttp_set_allowed_methods(http, UInt16(truncatingIfNeeded: methods))
    }

    private func setCallbacks() {
        let context = Unmanaged.passUnretained(self).toOpaque()
        evhttp_set_bevcb(
            http,
            { _, context in
                guard let context else { return nil }
                return Unmanaged<EventHTTP>.fromOpaque(context).takeUnretainedValue().makeConnection()
            }, context)
        evhttp_set_gencb(
            http,
            { request, context in
                guard let request, let context else { return }
                Unmanaged<EventHTTP>.fromOpaque(context).takeUnretainedValue().answer(request)
            }, context)
    }

    private func startTimer() throws(HTTPServerError) {
        timer = event_new(
            loop.base, -1, Int16(EV_PERSIST),
            { _, _, context in
                guard let context else { return }
                Unmanaged<EventHTTP>.fromOpaque(context).takeUnretainedValue().sweep()
            }, Unmanaged.passUnretained(self).toOpaque())
        guard timer != nil else { throw .library(call: "event_new") }
        armTimer()
    }

    /// Looks once a second, and more often while clients wait for a free place.
    private func armTimer() {
        let shortest = min(limits.exchangeTimeoutMilliseconds, limits.handshakeTimeoutMilliseconds)
        let regular = max(10, min(1000, shortest / 4))
        var interval = timeval(milliseconds: isPaused ? min(50, regular) : regular)
        event_add(timer, &interval)
    }

    private func sweep() {
        connections.sweep()
        guard let listener, !admission.isFull else { return }
        evconnlistener_enable(listener)
        if isPaused {
            isPaused = false
            armTimer()
        }
    }

    /// Called by evhttp for each accepted connection.
    private func makeConnection() -> OpaquePointer? {
        if admission.isTight {
            connections.sweepIfDue()
        }
        let verdict = admission.admit(canRefuse: tls == nil)
        guard let connection = makeBufferevent(verdict) else {
            admission.ended(verdict)
            return nil
        }
        // evhttp goes on reading while it writes an answer, to notice a close. Without a bound, a client that sends and never
        // reads would fill the memory.
        bufferevent_setwatermark(connection, Int16(EV_READ), 0, limits.headerBytes + limits.bodyBytes)
        connections.insert(connection, verdict)
        if verdict == .drop {
            // The descriptor is not known yet.
            loop.soon { [self] in connections.cut(connection) }
        }
        if admission.isFull, let listener {
            isPaused = true
            evconnlistener_disable(listener)
            armTimer()
        }
        return connection
    }

    private func makeBufferevent(_ verdict: AdmissionRule.Verdict) -> OpaquePointer? {
        // Close on free: the descriptor lives as long as the table's reference. Were evhttp to close it earlier, a new
        // connection could get its number while the old bufferevent still reads from it.
        let options = Int32(BEV_OPT_CLOSE_ON_FREE.rawValue)
        guard let tls, verdict == .serve else { return bufferevent_socket_new(loop.base, -1, options) }
        guard let ssl = tls.makeConnection(),
            let connection = bufferevent_openssl_socket_new(loop.base, -1, ssl, BUFFEREVENT_SSL_ACCEPTING, options)
        else { return nil }
        bufferevent_openssl_set_allow_dirty_shutdown(connection, 1)
        return connection
    }

    private func answer(_ request: OpaquePointer) {
        guard let connection = evhttp_request_get_connection(request),
            let buffer = evhttp_connection_get_bufferevent(connection)
        else { return evhttp_send_error(request, 503, nil) }
        guard connections.renew(buffer) == .serve else { return send(refusal, to: request, withBody: true) }
        guard var decoded = HTTPRequest(request) else { return evhttp_send_error(request, 400, nil) }
        decoded.isTLS = tls != nil
        guard RequestFraming.isCertain(method: decoded.method, headers: decoded.headers) else {
            return send(Self.doubt, to: request, withBody: decoded.method != "HEAD")
        }
        switch router.resolve(decoded) {
        case .refused(let response):
            send(response, to: request, withBody: decoded.method != "HEAD")
        case .found(.respond(let handler), let decoded):
            send(handler(decoded), to: request, withBody: decoded.method != "HEAD")
        case .found(.stream(let handler), let decoded):
            switch handler(decoded, loop) {
            case .respond(let response): send(response, to: request, withBody: true)
            case .accept(let head, let open): accept(request, connection, buffer, head, open)
            }
        }
    }

    private func accept(
        _ request: OpaquePointer, _ connection: OpaquePointer, _ buffer: OpaquePointer, _ head: ResponseHead,
        _ open: (ClientStream) -> any ClientStreamHandler
    ) {
        guard let (socket, early) = takeOver.take(connection, buffer) else {
            return send(refusal, to: request, withBody: true)
        }
        connections.release(buffer)
        ClientStream(table: streams, socket: socket, early: early).open(head, open)
    }

    private var refusal: HTTPResponse {
        var response = HTTPResponse.json("{\"error\":\"too many connections\"}\n", status: 503)
        response.headers = [("Retry-After", String(limits.retryAfterSeconds)), ("Connection", "close")]
        return response
    }

    /// Ends the connection: where the next request begins nobody knows.
    private static var doubt: HTTPResponse {
        var response = HTTPResponse.json("{\"error\":\"length of the request is not certain\"}\n", status: 400)
        response.headers = [("Connection", "close")]
        return response
    }

    private func send(_ response: HTTPResponse, to request: OpaquePointer, withBody: Bool) {
        guard let body = evbuffer_new() else { return evhttp_send_error(request, 503, nil) }
        defer { evbuffer_free(body) }
        if withBody {
            _ = response.body.withUnsafeBytes { evbuffer_add(body, $0.baseAddress, $0.count) }
        }
        let headers = evhttp_request_get_output_headers(request)
        evhttp_add_header(headers, "Content-Type", response.contentType)
        // Also for HEAD, which has to tell the length that GET would have.
        evhttp_add_header(headers, "Content-Length", String(response.body.count))
        for header in response.headers {
            evhttp_add_header(headers, header.name, header.value)
        }
        if listener == nil, evhttp_find_header(headers, "Connection") == nil {
            evhttp_add_header(headers, "Connection", "close")
        }
        if tls != nil {
            sayFarewell(request)
        }
        evhttp_send_reply(request, Int32(clamping: response.status), Self.reason(response.status), body)
    }

    /// The words behind a status that libevent has no words for; nil for the others.
    private static func reason(_ status: Int) -> String? {
        switch status {
        case 422: "Unprocessable Content"
        case 426: "Upgrade Required"
        case 429: "Too Many Requests"
        default: nil
        }
    }

    /// Has TLS's end announced before evhttp ends a connection after this answer: without it the client could not tell the end
    /// from an attack that cut the connection.
    private func sayFarewell(_ request: OpaquePointer) {
        evhttp_request_set_on_complete_cb(
            request,
            { request, _ in
                guard let request, EventHTTP.endsConnection(request),
                    let connection = evhttp_request_get_connection(request),
                    let ssl = bufferevent_openssl_get_ssl(evhttp_connection_get_bufferevent(connection))
                else { return }
                ERR_clear_error()
                SSL_shutdown(ssl)
                ERR_clear_error()
            }, nil)
    }

    private static func endsConnection(_ request: OpaquePointer) -> Bool {
        [evhttp_request_get_input_headers(request), evhttp_request_get_output_headers(request)].contains { headers in
            guard let value = evhttp_find_header(headers, "Connection") else { return false }
            return strcasecmp(value, "close") == 0
        }
    }
}
