/// One outbox row of the workload, made by the server from its number, so that whoever sees the event can tell which one it is.
struct WorkloadRow: Sendable {
    static let defaultBytes = 380
    static let topic = "bench.events"
    /// Aggregates, which are the Kafka keys.
    static let keys = 1_000
    /// Bytes of the row in a pgoutput Insert message beside the padding: its header, 18 columns with 5 or 1 bytes each before the
    /// value (protocol.md 2.1), and the values, numbers with as many digits as most have.
    private static let fixedBytes = 259

    /// What a row is to measure in a pgoutput Insert message.
    let bytes: Int

    /// Columns that are written; all others have their defaults.
    static let columns = "id, aggregate_type, aggregate_id, event_type, topic, payload"

    /// The values of the row with the number in `n` (an SQL expression of type bigint).
    ///
    /// The id is random, as a real one, but for its last 48 bits, which are the number. The payload is random in part, as real
    /// ones, so that compression has as much and as little to do.
    func values(_ n: String) -> String {
        let padding = max(0, bytes - Self.fixedBytes)
        let text =
            "left(repeat('Two blue shirts, one green; deliver to the back door after six. ', \(padding / 64 + 1)), \(padding))"
        return """
            overlay(gen_random_uuid()::text placing lpad(to_hex(\(n)), 12, '0') from 25)::uuid, 'ORDER', \
            (\(n) % \(Self.keys) + 1)::text, 'ORDER_CREATED', '\(Self.topic)', \
            ('{"note": "' || \(text) || '", "order": ' || \(n) || ', "customer": "' || md5(\(n)::text) || '"}')::jsonb
            """
    }

    /// The number of the row that an envelope comes from; nil when it is none of ours.
    static func number(inEnvelope value: UnsafeRawBufferPointer) -> Int? {
        // {"event_id":"xxxxxxxx-xxxx-xxxx-xxxx-NNNNNNNNNNNN"
        let start = 37
        guard value.count > start + 12 else { return nil }
        var number = 0
        for byte in value[start..<(start + 12)] {
            switch byte {
            case 0x30...0x39: number = number << 4 | Int(byte - 0x30)
            case 0x61...0x66: number = number << 4 | Int(byte - 0x61 + 10)
            default: return nil
            }
        }
        return number
    }
}
