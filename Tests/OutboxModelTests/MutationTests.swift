import ByteCoding
import Drills
import Foundation
import OutboxModel
import PgOutput
import TestSupport
import Testing

/// A million spoilt messages: each one is decoded or refused, each decoded insert is encoded or rejected.
struct MutationTests {
    static let framesPerSeed = 250_000
    /// Reading a value back with Foundation takes far longer than writing it.
    static let framesPerValueChecked = 50

    private static let roles = ColumnRole.allCases

    private static let changes: [[ColumnRole: String?]] = [
        [:], [.headers: #"{"traceparent": "00-4bf9", "x": [1, {"y": "\ud834\udd1e"}], "z": null, "n": -1.5e3}"#],
        [.topic: nil, .createdAt: nil, .version: nil], [.payload: #"["a\"\\\n", {"b": [true, false, null]}, 1.5E-3, "é𝄞"]"#],
        [.partitionKey: "k", .aggregateID: "-9007199254740993", .createdAt: "2026-01-02 03:04:05.1+05:30:15"],
        [.eventType: "TYPE \"quoted\" \\ é 𝄞 \u{1}", .payload: "\\x7b2261223a317d"],
    ]

    private static let inserts: [[UInt8]] = changes.map { changes in
        let row = TestRow.order.with(changes)
        return PgOutputWriter.insert(
            relationID: 16_400, roles.map { role in row.values[role].map { String(decoding: $0, as: UTF8.self) } })
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `no mutated frame traps, and what comes out is JSON`(seed: UInt64) throws {
        // Inserts are the messages that matter: four of five frames.
        let corpus = PgOutputWriter.samples + (0..<20).flatMap { _ in Self.inserts }
        var mutator = FrameMutator(corpus: corpus, seed: seed)
        let decoder = PgOutputDecoder()
        let routing = try RoutingPolicy(
            defaultTopic: "default.events", prefix: "p.", deadLetterTopic: "dead", pattern: "${aggregate_type}")
        var envelope = EventEncoder(format: .envelope, routing: routing)
        var cloudEvents = EventEncoder(format: .cloudevents, routing: routing)
        let maps = try [25, 17, 3802].map { type in
            try ColumnMap(
                columns: Self.roles.map(\.rawValue), typeOIDs: Self.roles.map { $0 == .payload ? type : 25 }, names: .standard)
        }
        var tally = Tally()
        for index in 0..<Self.framesPerSeed {
            let frame = mutator.next()
            guard let message = try? decoder.decode(frame.span.bytes) else {
                tally.refused += 1
                continue
            }
            tally.decoded += 1
            guard case .insert(let insert) = message else { continue }
            let map = maps[index % maps.count]
            switch index % 2 == 0
                ? envelope.encode(insert.tuple, in: frame.span.bytes, map: map, commitTime: 0)
                : cloudEvents.encode(insert.tuple, in: frame.span.bytes, map: map, commitTime: 0)
            {
            case .rejected(let rejection):
                tally.rejected += 1
                let event = envelope.encodeDeadLetter(
                    insert.tuple, in: frame.span.bytes, map: map, rejection: rejection, lsn: .zero, failedAt: 0)
                #expect(event.encodedSize > 36)
            case .event(let event):
                tally.encoded += 1
                // A jsonb column is trusted, so its spoilt text comes out as it went in.
                guard index % maps.count != 2, tally.encoded % Self.framesPerValueChecked == 0 else { continue }
                let message = index % 2 == 0 ? TestMessage(event, of: envelope) : TestMessage(event, of: cloudEvents)
                #expect(throws: Never.self) { try message.object() }
                #expect(try !message.object().isEmpty)
            }
        }
        // The corpus must reach every part, else the million proves nothing.
        #expect(min(tally.refused, tally.decoded, tally.rejected, tally.encoded) > Self.framesPerSeed / 50)
    }

    private struct Tally {
        var refused = 0
        var decoded = 0
        var rejected = 0
        var encoded = 0
    }
}
