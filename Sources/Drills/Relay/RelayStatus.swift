import Foundation

/// What `/status` of a relay answers, as far as tests ask for it.
public struct RelayStatus: Decodable, Sendable {
    public let phase: String
    public let ready: Bool
    public let reasons: [String]
    public let problem: String?
    public let slot: String
    public let streams: Int
    public let serverVersion: Int
    public let confirmedLSN: String
    public let receivedLSN: String
    public let inFlightEvents: Int
    public let inFlightBytes: Int
    /// Since this process started.
    public let publishedEvents: Int
    public let snapshotRows: Int
    public let isThrottled: Bool
    public let walStatus: String
    public let syncState: String
    public let pendingRows: Int?

    private enum CodingKeys: String, CodingKey {
        case phase, ready, reasons, problem, slot, streams
        case serverVersion = "server_version"
        case confirmedLSN = "confirmed_lsn"
        case receivedLSN = "received_lsn"
        case inFlightEvents = "in_flight_events"
        case inFlightBytes = "in_flight_bytes"
        case publishedEvents = "published_events"
        case snapshotRows = "snapshot_rows"
        case isThrottled = "throttled"
        case walStatus = "wal_status"
        case syncState = "sync_state"
        case pendingRows = "pending_rows"
    }

    /// nil when the text is not a status document.
    public init?(json: String) {
        guard let status = try? JSONDecoder().decode(RelayStatus.self, from: Data(json.utf8)) else { return nil }
        self = status
    }
}
