public import PostgresClient

/// Why a stream, or the whole relay, ends. Thrown by what runs on the replication thread, decided on in `Relay`.
public enum RelayInterruption: Error, Sendable {
    /// Somebody asked the relay to stop.
    case stopRequested
    case postgres(PostgresError)
    /// The server sent what the protocol does not allow; nothing of it moved the position.
    case violation(String)
    /// The server shuts down, and we do not read because Kafka is behind: leaving lets it stop at once.
    case serverStopping
    /// No frame came although one was asked for.
    case silent(milliseconds: Int64)
    /// Kafka will not deliver something that was handed to it.
    case delivery(AckLedger.DeliveryFailure)
    /// A topic takes smaller batches than the producer makes; the producer has to be made anew.
    case smallerBatches(bytes: Int)
    /// `dead.letter=halt` and there is a dead letter.
    case halted(reason: String)
    /// Going on would be a silent gap, or cannot work.
    case refused([Finding])
    /// The client library or the operating system failed us.
    case resource(String)

    /// A constant word for the metric of restarts.
    public var reason: String {
        switch self {
        case .stopRequested: "stop"
        case .postgres: "postgres"
        case .violation: "protocol"
        case .serverStopping: "server_shutdown"
        case .silent: "silent"
        case .delivery(let failure): failure.isPoison ? "refused_message" : "producer"
        case .smallerBatches: "batch_size"
        case .halted: "halt"
        case .refused: "refused"
        case .resource: "resource"
        }
    }
}
