import CLibPQ
import Glibc
import ServiceRuntime

/// What a look into the replication stream gave.
public enum CopyRead: Sendable {
    case frame
    /// Nothing complete is there: wait for the socket, then `consumeInput`.
    case empty
    /// The server ended the stream: ask `copyOutcome`.
    case ended
}

/// The two-way COPY of streaming replication, without blocking (protocol.md section 4).
extension Connection {
    /// Sends START_REPLICATION and waits for the COPY to begin.
    public func beginCopyBoth(_ sql: String, timeoutMilliseconds: Int64) throws(PostgresError) {
        let handle = try liveHandle()
        guard PQsendQuery(handle, sql) == 1 else { throw lost("the command could not be sent") }
        let deadline = MonotonicTime.now() + timeoutMilliseconds * 1_000_000
        while true {
            let unsent = PQflush(handle)
            guard unsent >= 0 else { throw lost("sending failed") }
            if unsent == 0, PQisBusy(handle) == 0 { break }
            guard try wait(for: Int16(POLLIN) | (unsent > 0 ? Int16(POLLOUT) : 0), until: deadline) == .ready else {
                close()
                throw PostgresError(kind: .timeout, message: "the stream did not start within \(timeoutMilliseconds) ms")
            }
            if PQconsumeInput(handle) == 0, PQisBusy(handle) != 0 { throw lost("the connection broke") }
        }
        guard let result = PQgetResult(handle) else { throw lost("the connection ended before the stream began") }
        defer { PQclear(result) }
        guard PQresultStatus(result) == PGRES_COPY_BOTH else {
            let error = Connection.serverError(result)
            while let rest = PQgetResult(handle) { PQclear(rest) }
            if PQstatus(handle) == CONNECTION_BAD { close() }
            throw error
        }
    }

    /// Hands the next complete CopyData payload to `body`; its bytes are valid only inside.
    public func readCopyData<Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) -> CopyRead {
        guard let handle else { return .ended }
        var buffer: UnsafeMutablePointer<CChar>?
        let count = PQgetCopyData(handle, &buffer, 1)
        guard count > 0, let buffer else { return count == 0 ? .empty : .ended }
        defer { PQfreemem(buffer) }
        try body(UnsafeRawBufferPointer(start: buffer, count: Int(count)))
        return .frame
    }

    /// Takes from the socket what is there. Throws when the connection is lost: libpq reports that only once, and a
    /// closed socket would never wake poll(2) again.
    public func consumeInput() throws(PostgresError) {
        let handle = try liveHandle()
        guard PQconsumeInput(handle) == 1, PQstatus(handle) == CONNECTION_OK else { throw lost("the stream broke") }
    }

    /// Queues one CopyData payload; false when libpq's buffer is full and the socket takes no more.
    public func sendCopyData(_ bytes: UnsafeRawBufferPointer) throws(PostgresError) -> Bool {
        let handle = try liveHandle()
        let sent = PQputCopyData(handle, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count))
        guard sent >= 0 else { throw lost("feedback could not be sent") }
        return sent == 1
    }

    /// Sends what is queued; true when nothing is left, false when the socket has to become writable or readable first.
    public func flushOutput() throws(PostgresError) -> Bool {
        let handle = try liveHandle()
        let left = PQflush(handle)
        guard left >= 0 else { throw lost("feedback could not be sent") }
        return left == 0
    }

    /// Tells the server that we end the stream. Nothing is waited for.
    public func endCopy() throws(PostgresError) {
        let handle = try liveHandle()
        guard PQputCopyEnd(handle, nil) >= 0, PQflush(handle) >= 0 else { throw lost("the end could not be sent") }
    }

    /// Reads and drops what comes until the stream has ended; false when it did not in time.
    ///
    /// Part of stopping, so the stop signal does not cut it short: closed with unread bytes in it, a socket is reset, and the
    /// server would lose our last status update.
    public func copyEnded(within milliseconds: Int64) -> Bool {
        let deadline = MonotonicTime.now() + milliseconds * 1_000_000
        while let handle {
            var buffer: UnsafeMutablePointer<CChar>?
            let count = PQgetCopyData(handle, &buffer, 1)
            if count > 0 { PQfreemem(buffer) }
            if count < 0 { return true }
            guard count == 0 else { continue }
            guard let ready = try? wait(for: Int16(POLLIN), until: deadline, ignoresStop: true), ready == .ready,
                PQconsumeInput(handle) == 1
            else { return false }
        }
        return true
    }

    /// Why the stream ended: nil for a clean end (the server shut down, or we asked), else the server's error.
    public func copyOutcome() -> PostgresError? {
        guard let handle else { return PostgresError(kind: .connection, message: "the connection is closed") }
        var failure: PostgresError?
        var rounds = 0
        while rounds < 8, let result = PQgetResult(handle) {
            rounds += 1
            let status = PQresultStatus(result)
            if status == PGRES_FATAL_ERROR, failure?.sqlState == nil { failure = Connection.serverError(result) }
            PQclear(result)
            if status == PGRES_COPY_BOTH || status == PGRES_COPY_IN { PQputCopyEnd(handle, nil) }
            if PQstatus(handle) == CONNECTION_BAD { break }
        }
        if PQstatus(handle) == CONNECTION_BAD { close() }
        return failure
    }
}
