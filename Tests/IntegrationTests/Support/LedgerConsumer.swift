import ConsumerKit
import PostgresClient
import Synchronization

/// Writes one row for each event into `effects`; behaves as the payload's `mode` says.
struct LedgerConsumer: EventConsumer {
    static let table = """
        CREATE TABLE effects (seq bigint GENERATED ALWAYS AS IDENTITY, event_id uuid NOT NULL, key text, n bigint NOT NULL)
        """

    /// What fails while it is set.
    final class Switches: Sendable {
        let isDependencyDown = Mutex(false)
        let failing = Mutex<Set<Int64>>([])
        let attempts = Mutex<[Int64: Int]>([:])
    }

    let definition: ConsumerDefinition
    let switches = Switches()

    init(_ name: String, topics: [String], parking: ParkingPolicy = .ignore) {
        definition = ConsumerDefinition(
            name: name, group: name, topics: topics, eventTypes: ["E", "ORDER_CANCELLED"], summary: "for tests", parking: parking,
            dependencies: ["gadget"])
    }

    func apply(_ events: [ConsumedEvent], in transaction: EffectTransaction) throws(EffectError) {
        if switches.isDependencyDown.withLock({ $0 }) { throw EffectError(.dependency("gadget"), "the gadget is away") }
        var rows: [(ConsumedEvent, Int64)] = []
        for event in events {
            let number: Int64
            let mode: String
            do throws(PayloadError) {
                number = try event.payload.integer("n")
                mode = try event.payload.optionalString("mode") ?? ""
            } catch {
                transaction.reject(event, error.message)
                continue
            }
            switches.attempts.withLock { $0[number, default: 0] += 1 }
            switch mode {
            case "reject": transaction.reject(event, "the business says no")
            case "break" where switches.failing.withLock { $0.contains(number) } == false:
                throw EffectError(.unknown, "it broke")
            case "refused": _ = try transaction.execute("SELECT 1 / 0")
            default: rows.append((event, number))
            }
        }
        guard !rows.isEmpty else { return }
        try transaction.execute(
            "INSERT INTO effects (event_id, key, n) SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[])",
            [
                .texts(rows.map { $0.0.id }), .texts(rows.map { $0.0.key.map { String(decoding: $0, as: UTF8.self) } }),
                .integers(rows.map(\.1)),
            ])
    }
}
