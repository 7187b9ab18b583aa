import Glibc
import ServiceRuntime

/// The fastest reader of a slot that can be: a plain socket, bytes counted and thrown away. What it gets in a second is the
/// server's own limit; nobody who reads the same slot gets more.
struct ServerLimitReader {
    /// What reading a slot to its end gave.
    struct Outcome {
        let curve: RateCurve
        /// Mean bytes of an Insert message.
        let rowBytes: Double
    }

    /// Without an answer for this long the measurement is given up.
    private static let patience: Int64 = 60_000_000_000

    let port: Int
    let user: String
    let database: String

    /// Streams `slot` until `events` inserts came. Confirms nothing: the slot stays where it is.
    func read(slot: String, publication: String, events: Int, stop: StopSignal, progress: Progress) throws -> Outcome {
        let socket = try RawSession(port: port)
        try socket.start(user: user, database: database)
        try socket.beginCopy("START_REPLICATION SLOT \(slot) LOGICAL 0/0 (proto_version '1', publication_names '\(publication)')")
        var counter = CopyFrameCounter()
        var curve = RateCurve()
        var heardAt = MonotonicTime.now()
        var statusAt = heardAt
        while counter.inserts < events {
            let count = try socket.receive { counter.take($0) }
            let now = MonotonicTime.now()
            if count > 0 { heardAt = now }
            curve.note(counter.inserts, at: now)
            if let type = counter.foreignMessage {
                throw BenchError("the server ended the stream with a message of type \(Character(UnicodeScalar(type)))")
            }
            if now - heardAt > Self.patience {
                throw BenchError("the server sends nothing any more after \(counter.inserts) events")
            }
            if now - statusAt >= 1_000_000_000 {
                statusAt = now
                try socket.sendStatus()
                if stop.isSet { throw BenchError.interrupted }
                progress.update("the server's limit: \(Figures.grouped(counter.inserts)) events")
            }
        }
        return Outcome(curve: curve, rowBytes: Double(counter.insertBytes) / Double(max(1, counter.inserts)))
    }
}
