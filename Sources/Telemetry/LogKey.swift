/// The keys of log fields, in one place so that one thing has one name in every line.
///
/// A raw value is lower case with dots, and never `ts`, `level` or `msg`, which the JSON format uses itself. There is
/// deliberately no case for payloads, Kafka message keys or secrets.
public enum LogKey: String, Sendable, CaseIterable {
    // Postgres
    case slot
    case publication
    case table
    case column
    case database
    case role
    case host
    case port
    case address
    case systemID = "system.id"
    case timeline
    case lsn
    case confirmedLSN = "lsn.confirmed"
    case checkpointLSN = "lsn.checkpoint"
    case expectedLSN = "lsn.expected"
    case serverVersion = "server.version"
    case relationID = "relation.oid"
    case sqlState = "sqlstate"
    case migration
    case backendPID = "backend.pid"
    case walBytes = "wal.bytes"

    // Kafka
    case topic
    case partition
    case offset
    case broker
    case brokers
    case clientVersion = "client.version"
    case facility
    case text

    // Events
    case eventID = "event.id"
    case eventType = "event.type"
    case events
    case transactions
    case duplicates

    // Errors and their circumstances
    case error
    case errorCode = "error.code"
    case errorDetail = "error.detail"
    case errorHint = "error.hint"
    case reason
    case remedy
    case attempt
    case delayMilliseconds = "delay.ms"
    case durationMilliseconds = "duration.ms"
    case timeoutMilliseconds = "timeout.ms"

    // Process
    case mode
    case state
    case previousState = "state.previous"
    case version
    case signal
    case pid
    case exitCode = "exit.code"
    case command
    case path
    case setting
    case listen
    case status
    case component
    case thread
    case name

    // Amounts
    case count
    case bytes
    case rows
    case limit
    case queued
}
