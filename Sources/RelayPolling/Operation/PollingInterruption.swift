import PostgresClient
import RelayCore

/// Why a session of the polling mode ends.
enum PollingInterruption: Error {
    case stopRequested
    /// A relay wants to stream.
    case yield(reason: String)
    case postgres(PostgresError)
    /// Going on would be wrong.
    case failed([Finding])

    /// The client library or the operating system failed us.
    static func resource(_ text: String) -> PollingInterruption {
        .failed([Finding("resource", .fail, object: "process", fact: text)])
    }
}
