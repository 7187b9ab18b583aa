import CLibEvent
import Glibc
import ServiceRuntime

/// Every open connection of a server, so that their number and the length of an exchange can be bounded, which evhttp 2.1
/// does not do itself.
///
/// evhttp says nothing when a connection ends. So the table holds a reference of its own on each connection's bufferevent and
/// looks from time to time: a bufferevent without an event callback was given up by evhttp (`bufferevent_free` takes the
/// callbacks off). evhttp has then ended our side of the stream, so the client knows; the descriptor is closed at the next look.
/// What the client sends meanwhile is swallowed, up to the read watermark, instead of answered by a reset that could destroy
/// our last answer on its way.
///
/// Used on the loop's thread only.
struct ConnectionTable {
    /// When the exchange on each connection has to be over, in nanoseconds of the monotonic clock.
    private var deadlines: [OpaquePointer: Int64] = [:]
    private let exchangeNanoseconds: Int64

    init(limits: HTTPLimits) {
        exchangeNanoseconds = Int64(clamping: limits.exchangeTimeoutMilliseconds) * 1_000_000
    }

    /// Connections, among them those that ended since the last `sweep`.
    var count: Int {
        deadlines.count
    }

    /// Takes a reference on a new connection's bufferevent.
    mutating func insert(_ connection: OpaquePointer) {
        bufferevent_incref(connection)
        renew(connection)
    }

    /// Starts a new exchange on the connection: a request was answered.
    mutating func renew(_ connection: OpaquePointer) {
        deadlines[connection] = MonotonicTime.now() + exchangeNanoseconds
    }

    /// Forgets connections that ended, and shuts those down whose exchange takes too long; evhttp then sees the end of the
    /// stream and frees them.
    mutating func sweep() {
        let now = MonotonicTime.now()
        for (connection, deadline) in deadlines {
            if Self.wasFreed(connection) {
                deadlines[connection] = nil
                bufferevent_decref(connection)
            } else if now >= deadline {
                shutdown(bufferevent_getfd(connection), Int32(SHUT_RDWR))
            }
        }
    }

    /// Gives all references back: after evhttp was freed, before the base is.
    mutating func removeAll() {
        for connection in deadlines.keys {
            bufferevent_decref(connection)
        }
        deadlines = [:]
    }

    private static func wasFreed(_ connection: OpaquePointer) -> Bool {
        var eventCallback: bufferevent_event_cb?
        bufferevent_getcb(connection, nil, nil, &eventCallback, nil)
        return eventCallback == nil
    }
}
