import CLibEvent
import Glibc
import ServiceRuntime

/// Every open HTTP connection of a loop, so that their number and the length of an exchange can be bounded, which evhttp 2.1
/// does not do itself. Streams are not among them.
///
/// evhttp says nothing when a connection ends. So the table holds a reference of its own on each connection's bufferevent and
/// looks from time to time: a bufferevent without an event callback was given up by evhttp (`bufferevent_free` takes the
/// callbacks off). evhttp has then ended our side of the stream, so the client knows; the descriptor is closed at the next look.
/// What the client sends meanwhile is swallowed, up to the read watermark, instead of answered by a reset that could destroy
/// our last answer on its way.
///
/// Used on the loop's thread only.
struct ConnectionTable {
    private struct Entry {
        /// When the exchange has to be over, in nanoseconds of the monotonic clock.
        var deadline: Int64
        let verdict: AdmissionRule.Verdict
    }

    /// How soon a look may follow another when places are short: a look takes all connections.
    private static let sweepPauseNanoseconds: Int64 = 20_000_000

    private var entries: [OpaquePointer: Entry] = [:]
    private let admission: Admission
    private let firstNanoseconds: Int64
    private let exchangeNanoseconds: Int64
    private var sweptAt: Int64 = 0

    init(limits: HTTPLimits, admission: Admission) {
        self.admission = admission
        let first = min(limits.handshakeTimeoutMilliseconds, limits.exchangeTimeoutMilliseconds)
        firstNanoseconds = Int64(clamping: first) * 1_000_000
        exchangeNanoseconds = Int64(clamping: limits.exchangeTimeoutMilliseconds) * 1_000_000
    }

    /// Takes a reference on a new connection's bufferevent.
    mutating func insert(_ connection: OpaquePointer, _ verdict: AdmissionRule.Verdict) {
        bufferevent_incref(connection)
        entries[connection] = Entry(deadline: MonotonicTime.now() + firstNanoseconds, verdict: verdict)
    }

    /// Starts a new exchange on the connection: a request is being answered.
    ///
    /// - Returns: what was decided about the connection when it came.
    mutating func renew(_ connection: OpaquePointer) -> AdmissionRule.Verdict {
        guard let index = entries.index(forKey: connection) else { return .serve }
        entries.values[index].deadline = MonotonicTime.now() + exchangeNanoseconds
        return entries.values[index].verdict
    }

    /// Hands the connection, its place, and the reference over to the caller.
    mutating func release(_ connection: OpaquePointer) {
        entries[connection] = nil
    }

    /// Ends connections that are not wanted: evhttp sees the end of the stream and frees them.
    func cut(_ connection: OpaquePointer) {
        guard entries[connection] != nil else { return }
        shutdown(bufferevent_getfd(connection), Int32(SHUT_RDWR))
    }

    /// Looks now, unless it has looked a moment ago.
    mutating func sweepIfDue() {
        if MonotonicTime.now() - sweptAt >= Self.sweepPauseNanoseconds {
            sweep()
        }
    }

    /// Forgets connections that ended, and shuts those down whose exchange takes too long; evhttp then sees the end of the
    /// stream and frees them.
    mutating func sweep() {
        let now = MonotonicTime.now()
        sweptAt = now
        for (connection, entry) in entries {
            if Self.wasFreed(connection) {
                entries[connection] = nil
                bufferevent_decref(connection)
                admission.ended(entry.verdict)
            } else if now >= entry.deadline {
                shutdown(bufferevent_getfd(connection), Int32(SHUT_RDWR))
            }
        }
    }

    /// Gives all references back: after evhttp was freed, before the base is.
    mutating func removeAll() {
        for (connection, entry) in entries {
            bufferevent_decref(connection)
            admission.ended(entry.verdict)
        }
        entries = [:]
    }

    private static func wasFreed(_ connection: OpaquePointer) -> Bool {
        var eventCallback: bufferevent_event_cb?
        bufferevent_getcb(connection, nil, nil, &eventCallback, nil)
        return eventCallback == nil
    }
}
