import ConsumerKit

/// What `/status` of a relay answers, as far as tests ask for it.
public struct RelayStatus: Sendable {
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

    /// nil when the text is not a status document.
    public init?(json: String) {
        do throws(PayloadError) {
            let status = try JSONDocument(json.utf8, what: "the status").root
            phase = try status.string("phase")
            guard let ready = try status.optionalBoolean("ready"), let isThrottled = try status.optionalBoolean("throttled")
            else {
                return nil
            }
            self.ready = ready
            self.isThrottled = isThrottled
            reasons = try status.array("reasons").compactMap(\.asString)
            problem = try status.optionalString("problem")
            slot = try status.string("slot")
            streams = Int(try status.integer("streams"))
            serverVersion = Int(try status.integer("server_version"))
            confirmedLSN = try status.string("confirmed_lsn")
            receivedLSN = try status.string("received_lsn")
            inFlightEvents = Int(try status.integer("in_flight_events"))
            inFlightBytes = Int(try status.integer("in_flight_bytes"))
            publishedEvents = Int(try status.integer("published_events"))
            snapshotRows = Int(try status.integer("snapshot_rows"))
            walStatus = try status.string("wal_status")
            syncState = try status.string("sync_state")
            pendingRows = try status.optionalInteger("pending_rows").map { Int($0) }
        } catch {
            return nil
        }
    }
}
