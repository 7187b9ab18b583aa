import Drills
import Kafka
import TestSupport
import Testing

@Suite(.serialized, .needsServers)
struct EnvelopeTests {
    /// A row and the record that it has to become, byte for byte.
    struct Case: Sendable {
        /// The values of id, aggregate_type, aggregate_id, event_type, topic, partition_key, payload, headers, created_at, version as SQL.
        let row: String
        let key: String
        let value: String
        let headers: [String]
        var isOther = false
    }

    private static func id(_ number: Int) -> String { "00000000-0000-4000-8000-0000000000\(number < 10 ? "0" : "")\(number)" }

    /// `{other}` stands for the second topic of the test.
    static let cases: [Case] = [
        Case(
            row: """
                '\(id(1))', 'ORDER', '42', 'ORDER_PAID', NULL, NULL, '{"total": 12.50, "a": [1, 2, {"b": null}]}', NULL, \
                '2026-01-02 03:04:05.123456+00', 1
                """,
            key: "42",
            value: """
                {"event_id":"\(id(1))","occurred_at":"2026-01-02T03:04:05.123456Z","aggregate_type":"ORDER","aggregate_id":42,\
                "event_type":"ORDER_PAID","payload":{"a": [1, 2, {"b": null}], "total": 12.50},"version":1}
                """,
            headers: ["event_id=\(id(1))", "event_type=ORDER_PAID", "aggregate_type=ORDER"]),
        Case(
            row: """
                '\(id(2))', 'ORDER', '007', 'E', '{other}', 'key of its own', '"text"', \
                '{"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "n": 7, "flag": true, "none": null, \
                "deep": {"x": [1]}}', '2026-12-31 23:59:59.999999+00', 3
                """,
            key: "key of its own",
            value: """
                {"event_id":"\(id(2))","occurred_at":"2026-12-31T23:59:59.999999Z","aggregate_type":"ORDER","aggregate_id":"007",\
                "event_type":"E","payload":"text","version":3}
                """,
            headers: [
                "event_id=\(id(2))", "event_type=E", "aggregate_type=ORDER", "n=7", "deep={\"x\": [1]}", "flag=true",
                "none=<null>",
                "traceparent=00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            ], isOther: true),
        Case(
            row: """
                '\(id(3))', E'quo"te\\\\back\\tslash', E'tab\\there\\u0001', E'line\\nbreak\\u001f\\u007f', NULL, NULL, '[]', '{}', \
                '2026-01-01 00:00:00+00', 2147483647
                """,
            key: "tab\there\u{1}",
            value: """
                {"event_id":"\(id(3))","occurred_at":"2026-01-01T00:00:00.000000Z","aggregate_type":"quo\\"te\\\\back\\tslash",\
                "aggregate_id":"tab\\there\\u0001","event_type":"line\\nbreak\\u001f\u{7F}","payload":[],"version":2147483647}
                """,
            headers: ["event_id=\(id(3))", "event_type=line\nbreak\u{1f}\u{7f}", "aggregate_type=quo\"te\\back\tslash"]),
        Case(
            row: """
                '\(id(4))', 'größe', '日本語 🚀 e\u{301}', 'ž', NULL, NULL, '{"text": "日本 \\u0001 \\" \\\\ 🚀", "ключ": "значение"}', \
                '{"имя": "wert ü \\" 🚀"}', '1969-12-31 23:59:59.000001+00', 1
                """,
            key: "日本語 🚀 e\u{301}",
            value: """
                {"event_id":"\(id(4))","occurred_at":"1969-12-31T23:59:59.000001Z","aggregate_type":"größe",\
                "aggregate_id":"日本語 🚀 e\u{301}","event_type":"ž","payload":\
                {"text": "日本 \\u0001 \\" \\\\ 🚀", "ключ": "значение"},"version":1}
                """,
            headers: ["event_id=\(id(4))", "event_type=ž", "aggregate_type=größe", "имя=wert ü \" 🚀"]),
        Case(
            row: "'\(id(5))', 'N', '-9223372036854775808', 'E', '', 'k', '0', NULL, '2026-06-01 12:00:00.5+02', 1",
            key: "k",
            value: """
                {"event_id":"\(id(5))","occurred_at":"2026-06-01T10:00:00.500000Z","aggregate_type":"N",\
                "aggregate_id":-9223372036854775808,"event_type":"E","payload":0,"version":1}
                """,
            headers: ["event_id=\(id(5))", "event_type=E", "aggregate_type=N"]),
        Case(
            row: "'\(id(6))', 'N', '9223372036854775808', 'E', NULL, NULL, 'null', NULL, '2026-06-01 12:00:00+00', 1",
            key: "9223372036854775808",
            value: """
                {"event_id":"\(id(6))","occurred_at":"2026-06-01T12:00:00.000000Z","aggregate_type":"N",\
                "aggregate_id":"9223372036854775808","event_type":"E","payload":null,"version":1}
                """,
            headers: ["event_id=\(id(6))", "event_type=E", "aggregate_type=N"]),
        Case(
            row:
                "'\(id(7))', 'N', '0', 'E', NULL, NULL, '1e400', '{\"event_id\": \"forged\", \"x\": \"\"}', '9999-12-31 00:00:00+00', 1",
            key: "0",
            value: """
                {"event_id":"\(id(7))","occurred_at":"9999-12-31T00:00:00.000000Z","aggregate_type":"N","aggregate_id":0,\
                "event_type":"E","payload":1\(String(repeating: "0", count: 400)),"version":1}
                """,
            headers: ["event_id=\(id(7))", "event_type=E", "aggregate_type=N", "x="]),
        Case(
            row: "'\(id(8))', 'N', '-0', 'E', NULL, NULL, 'true', NULL, '2026-06-01 12:00:00+00', 1",
            key: "-0",
            value: """
                {"event_id":"\(id(8))","occurred_at":"2026-06-01T12:00:00.000000Z","aggregate_type":"N","aggregate_id":"-0",\
                "event_type":"E","payload":true,"version":1}
                """,
            headers: ["event_id=\(id(8))", "event_type=E", "aggregate_type=N"]),
    ]

    /// The same rows once as rows that the first start finds, once as a stream: two ways of reading, one result.
    @Test(arguments: Versions.all, [true, false])
    func `Envelope, key and headers are byte-exact`(version: Int, fromSnapshot: Bool) throws {
        try Stage.perform(version: version) { stage in
            let other = try stage.createTopic("\(stage.name).other")
            // A database whose own settings would print times and bytes otherwise.
            try stage.execute("ALTER DATABASE \(stage.name) SET timezone = 'Asia/Kolkata'")
            try stage.execute("ALTER DATABASE \(stage.name) SET datestyle = 'SQL, DMY'")
            if !fromSnapshot { try stage.startReady() }
            for one in Self.cases {
                try stage.execute(
                    """
                    INSERT INTO outbox_events (id, aggregate_type, aggregate_id, event_type, topic, partition_key, payload, headers, \
                    created_at, version) VALUES (\(one.row.replacing("{other}", with: other)))
                    """)
            }
            if fromSnapshot { try stage.startReady() }
            for (topic, expected) in [
                (stage.setup.topic, Self.cases.filter { !$0.isOther }), (other, Self.cases.filter { $0.isOther }),
            ] {
                let records = try stage.records(expected.count, in: topic)
                for (record, expected) in zip(records, expected) {
                    #expect(record.text == expected.value)
                    #expect(record.keyText == expected.key)
                    #expect(record.headerTexts.prefix(3) == expected.headers.prefix(3))
                    #expect(record.headerTexts.sorted() == expected.headers.sorted())
                }
            }
        }
    }

    @Test func `A row's own event time is the commit's when the table has none`() throws {
        try Stage.perform { stage in
            try stage.execute("ALTER TABLE outbox_events DROP COLUMN created_at, DROP COLUMN version, DROP COLUMN headers")
            try stage.startReady()
            try stage.write([1], key: "k")
            let value = try stage.records(1)[0].text ?? ""
            let time = value.components(after: "\"occurred_at\":\"", upTo: "\"")
            #expect(
                try stage.scalar("SELECT abs(extract(epoch FROM now() - '\(time)'::timestamptz)) < 20") == "t", "\(value)")
            #expect(value.hasSuffix("\"version\":1}"))
        }
    }

    @Test(arguments: ["mark", "keep"])
    func `format=payload publishes the payload alone, format=debezium its id as a header`(afterPublish: String) throws {
        try Stage.perform(settings: [("format", "payload"), ("after.publish", afterPublish)]) { stage in
            try stage.startReady()
            try stage.execute(
                """
                INSERT INTO outbox_events (id, aggregate_type, aggregate_id, event_type, payload) VALUES \
                ('\(Self.id(1))', 'T', '1', 'E', '{"b": 1, "a": "ü"}')
                """)
            let record = try stage.records(1)[0]
            #expect(record.text == "{\"a\": \"ü\", \"b\": 1}")
            #expect(record.headerText("event_id") == Self.id(1))
        }
        try Stage.perform(settings: [("format", "debezium"), ("after.publish", afterPublish)]) { stage in
            try stage.startReady()
            try stage.execute(
                """
                INSERT INTO outbox_events (id, aggregate_type, aggregate_id, event_type, payload) VALUES \
                ('\(Self.id(2))', 'T', '1', 'E', '{"a": 1}')
                """)
            let record = try stage.records(1)[0]
            #expect(record.text == "{\"a\": 1}")
            #expect(record.headerTexts == ["id=\(Self.id(2))"])
        }
    }

    @Test func `Keys land in the partition of a Java client`() throws {
        try Stage.perform { stage in
            let topic = try stage.createTopic("\(stage.name).wide", partitions: 6)
            try stage.startReady([("topic.default", topic)])
            let keys =
                (0..<60).map { "key-\($0)" } + [
                    "1", "42", "4711", "ü", "日本語", "a key with blanks", String(repeating: "x", count: 300),
                ]
            for key in keys { try stage.write([1], key: key) }
            let records = try stage.records(keys.count, in: topic)
            for record in records { #expect(Int(record.partition) == JavaPartitioner.partition(of: record.key ?? [], count: 6)) }
            #expect(Set(records.map(\.partition)).count == 6)
        }
    }
}

/// What `org.apache.kafka.clients.producer` does with a key: murmur2 with the seed 0x9747b28c, sign bit cleared, modulo.
enum JavaPartitioner {
    static func partition(of key: [UInt8], count: Int) -> Int { Int(murmur2(key) & 0x7FFF_FFFF) % count }

    static func murmur2(_ data: [UInt8]) -> UInt32 {
        let m: UInt32 = 0x5BD1_E995
        var hash = 0x9747_B28C ^ UInt32(data.count)
        for start in stride(from: 0, to: data.count & ~3, by: 4) {
            var k = (0..<4).reduce(UInt32(0)) { $0 | UInt32(data[start + $1]) << UInt32(8 * $1) }
            k = k &* m
            k ^= k >> 24
            hash = (hash &* m) ^ (k &* m)
        }
        let tail = data.count & ~3
        if data.count % 4 > 0 {
            for (index, byte) in data[tail...].enumerated() { hash ^= UInt32(byte) << UInt32(8 * index) }
            hash = hash &* m
        }
        hash ^= hash >> 13
        hash = hash &* m
        return hash ^ (hash >> 15)
    }
}

extension String {
    /// The text between two others.
    func components(after start: String, upTo end: String) -> String {
        guard let begin = firstRange(of: start)?.upperBound, let stop = self[begin...].firstRange(of: end)?.lowerBound else {
            return ""
        }
        return String(self[begin..<stop])
    }
}
