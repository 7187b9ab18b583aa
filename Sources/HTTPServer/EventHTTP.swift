import CLibEvent
import Glibc
import ServiceRuntime

/// An evhttp server on an `EventLoop`: takes connections within the limits, hands each request to the router, sends the answer.
///
/// Threading and lifetime: as the loop that it is on. Callbacks get this object unretained; they can only run inside
/// `EventLoop.run`, whose caller holds this object, and never after `close`. `close` frees in this order: timer, evhttp (with
/// its listener and connections), our references on the connections; the loop frees the base afterwards.
final class EventHTTP: @unchecked Sendable {
    private let loop: EventLoop
    private let router: Router
    private let limits: HTTPLimits
    private let http: OpaquePointer
    private var listener: OpaquePointer?
    private var timer: OpaquePointer?
    private var connections: ConnectionTable
    private var isPaused = false
    private var isClosed = false

    /// Takes ownership of `descriptor`, also when it throws.
    init(loop: EventLoop, descriptor: Int32, router: Router, limits: HTTPLimits) throws(HTTPServerError) {
        self.loop = loop
        self.router = router
        self.limits = limits
        connections = ConnectionTable(limits: limits)
        guard let http = evhttp_new(loop.base) else {
            Glibc.close(descriptor)
            throw .library(call: "evhttp_new")
        }
        self.http = http
        setLimits()
        setCallbacks()
        guard let socket = evhttp_accept_socket_with_handle(http, descriptor) else {
            Glibc.close(descriptor)
            throw .library(call: "evhttp_accept_socket")
        }
        listener = evhttp_bound_socket_get_listener(socket)
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

    /// Closes the port and every connection. Calling it again does nothing.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        if let timer {
            event_free(timer)
        }
        evhttp_free(http)
        connections.removeAll()
    }

    private func setLimits() {
        evhttp_set_max_headers_size(http, limits.headerBytes)
        evhttp_set_max_body_size(http, limits.bodyBytes)
        var timeout = Self.interval(milliseconds: limits.idleTimeoutMilliseconds)
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
        let regular = max(10, min(1000, limits.exchangeTimeoutMilliseconds / 4))
        var interval = Self.interval(milliseconds: isPaused ? min(50, regular) : regular)
        event_add(timer, &interval)
    }

    private func sweep() {
        connections.sweep()
        guard connections.count < limits.connections else { return }
        evconnlistener_enable(listener)
        if isPaused {
            isPaused = false
            armTimer()
        }
    }

    /// Called by evhttp for each accepted connection.
    private func makeConnection() -> OpaquePointer? {
        if connections.count >= limits.connections - 1 {
            connections.sweep()
        }
        // Close on free: the descriptor lives as long as the table's reference. Were evhttp to close it earlier, a new
        // connection could get its number while the old bufferevent still reads from it.
        let options = Int32(BEV_OPT_CLOSE_ON_FREE.rawValue)
        guard let connection = bufferevent_socket_new(loop.base, -1, options) else { return nil }
        // evhttp goes on reading while it writes an answer, to notice a close. Without a bound, a client that sends and never
        // reads would fill the memory.
        bufferevent_setwatermark(connection, Int16(EV_READ), 0, limits.headerBytes + limits.bodyBytes)
        connections.insert(connection)
        if connections.count >= limits.connections {
            isPaused = true
            evconnlistener_disable(listener)
            armTimer()
        }
        return connection
    }

    private func answer(_ request: OpaquePointer) {
        if let connection = evhttp_request_get_connection(request), let buffer = evhttp_connection_get_bufferevent(connection) {
            connections.renew(buffer)
        }
        guard let decoded = HTTPRequest(request) else {
            evhttp_send_error(request, 400, nil)
            return
        }
        send(router.respond(to: decoded), to: request, withBody: decoded.method != "HEAD")
    }

    private func send(_ response: HTTPResponse, to request: OpaquePointer, withBody: Bool) {
        guard let body = evbuffer_new() else {
            evhttp_send_error(request, 503, nil)
            return
        }
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
        evhttp_send_reply(request, Int32(clamping: response.status), nil, body)
    }

    private static func interval(milliseconds: Int) -> timeval {
        timeval(tv_sec: milliseconds / 1000, tv_usec: milliseconds % 1000 * 1000)
    }
}
