public import ByteCoding
public import PostgresClient

/// Which cluster this is: positions of one cluster mean nothing in another.
public struct SystemIdentity: Equatable, Sendable {
    /// Made by initdb, kept by physical copies and promotions, different after a dump and restore.
    public let systemID: String
    /// Grows at each promotion.
    public let timeline: Int64
    /// The flush position.
    public let position: LSN

    public init(systemID: String, timeline: Int64, position: LSN) {
        self.systemID = systemID
        self.timeline = timeline
        self.position = position
    }

    /// IDENTIFY_SYSTEM, on a replication connection. The timeline's type differs by version, its text does not.
    public static func read(on connection: Connection) throws(PostgresError) -> SystemIdentity {
        let result = try connection.execute("IDENTIFY_SYSTEM")
        guard result.rowCount == 1, result.columnCount >= 3, let id = result.text(0, 0), let timeline = result.integer(0, 1),
            let position = result.text(0, 2).flatMap({ LSN($0) })
        else { throw PostgresError(kind: .protocolViolation, message: "IDENTIFY_SYSTEM answered with something else") }
        return SystemIdentity(systemID: id, timeline: timeline, position: position)
    }
}
