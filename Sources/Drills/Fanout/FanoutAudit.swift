/// Compares what clients of a fan-out saw with what the topic holds: every event of their channels, once, in the topic's order. Pure.
public struct FanoutAudit: Sendable {
    /// Events that clients should have had, all together.
    public private(set) var expected = 0
    /// Events that they had.
    public private(set) var delivered = 0
    public private(set) var resumes = 0
    /// Whatever broke a promise, a sentence each.
    public private(set) var problems: [String] = []

    /// - Parameters:
    ///   - topic: all records, of each partition in order.
    ///   - clients: what each saw, and the channels whose events it has to get; in the same order.
    ///   - channels: on which the events of a key are.
    public init(
        topic: [EventRecord], clients: [(record: FanoutRecord, channels: Set<String>)], channels: (String) -> Set<String>
    ) {
        var partitions: [UInt64: Int32] = [:]
        for record in topic { partitions[EventHash.of(record.id.utf8)] = record.partition }
        var channelsOfKeys: [String: Set<String>] = [:]
        for key in Set(topic.map(\.key)) { channelsOfKeys[key] = channels(key) }
        var wanted: [Set<String>: [Int32: [UInt64]]] = [:]
        for (number, client) in clients.enumerated() {
            if wanted[client.channels] == nil {
                wanted[client.channels] = Self.events(of: client.channels, topic, channelsOfKeys)
            }
            check(number, client.record, wanted[client.channels] ?? [:], partitions)
        }
    }

    private static func events(
        of channels: Set<String>, _ topic: [EventRecord], _ channelsOfKeys: [String: Set<String>]
    ) -> [Int32: [UInt64]] {
        var events: [Int32: [UInt64]] = [:]
        for record in topic where !channels.isDisjoint(with: channelsOfKeys[record.key] ?? []) {
            events[record.partition, default: []].append(EventHash.of(record.id.utf8))
        }
        return events
    }

    private mutating func check(
        _ number: Int, _ record: FanoutRecord, _ wanted: [Int32: [UInt64]], _ partitions: [UInt64: Int32]
    ) {
        var got: [Int32: [UInt64]] = [:]
        for event in record.events { got[partitions[event] ?? -1, default: []].append(event) }
        expected += wanted.values.reduce(0) { $0 + $1.count }
        delivered += record.events.count
        resumes += record.resumes
        if !record.resets.isEmpty { problems.append("client \(number) was told to reset: \(record.resets)") }
        if !record.faults.isEmpty { problems.append("client \(number): \(record.faults.prefix(3))") }
        guard got != wanted else { return }
        let all = Set(wanted.values.joined())
        let seen = Set(record.events)
        let counts = [
            (all.subtracting(seen).count, "missing"), (record.events.count - seen.count, "repeated"),
            (seen.subtracting(all).count, "not its own"),
        ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        problems.append("client \(number): \(counts.isEmpty ? "out of order" : counts.joined(separator: ", ")) of \(all.count)")
    }
}
