import PostgresClient

/// Compares what the data platform's API accepted with the states that orders reached.
struct PlatformAudit {
    private(set) var problems: [String] = []
    /// Requests that were accepted beyond the first of their key.
    let repetitions: Int

    init(_ requests: [ExternalRequest], _ connection: Connection) throws {
        let accepted = requests.filter(\.isAccepted)
        let rows = try connection.execute(
            """
            SELECT aggregate_id || '-' || (payload ->> 'status') FROM outbox_events
            WHERE topic = 'data.platform' ORDER BY seq
            """)
        let wanted = (0..<rows.rowCount).compactMap { rows.text($0, 0) }
        var bodies: [String: String] = [:]
        var firstOfOrder: [Substring: [String]] = [:]
        for request in accepted {
            guard let body = bodies[request.key] else {
                bodies[request.key] = request.body
                firstOfOrder[request.key.prefix { $0 != "-" }, default: []].append(request.key)
                continue
            }
            if body != request.body { problems.append("\(request.key) came with two bodies") }
        }
        repetitions = accepted.count - bodies.count
        let missing = wanted.filter { bodies[$0] == nil }
        if !missing.isEmpty { problems.append("\(missing.count) states were not told to the API: \(missing.prefix(3))") }
        if Set(wanted).count < wanted.count { problems.append("states were written twice") }
        let invented = Set(bodies.keys).subtracting(wanted).sorted()
        if !invented.isEmpty { problems.append("the API was told \(invented.count) states that are none: \(invented.prefix(3))") }
        var wantedOfOrder: [Substring: [String]] = [:]
        for key in wanted { wantedOfOrder[key.prefix { $0 != "-" }, default: []].append(key) }
        let disorder = wantedOfOrder.filter { firstOfOrder[$0.key, default: []] != $0.value }
        if missing.isEmpty, !disorder.isEmpty {
            problems.append("\(disorder.count) orders reached the API out of order: \(disorder.keys.prefix(3))")
        }
    }
}
