/// The server's side of pgoutput, protocol version 1, for tests: it writes what the decoder reads, with code of its own.
public struct PgOutputWriter: Sendable {
    /// The message so far, its type byte first.
    public private(set) var bytes: [UInt8]

    public init(type: Character) {
        bytes = [type.asciiValue ?? 0]
    }

    public func int8(_ value: UInt8) -> Self { adding([value]) }

    public func int16(_ value: Int) -> Self { adding(Self.bigEndian(value, count: 2)) }

    public func int32(_ value: Int) -> Self { adding(Self.bigEndian(value, count: 4)) }

    public func int64(_ value: Int) -> Self { adding(Self.bigEndian(value, count: 8)) }

    /// Text and its NUL terminator.
    public func string(_ text: String) -> Self { adding(Array(text.utf8) + [0]) }

    public func raw(_ bytes: [UInt8]) -> Self { adding(bytes) }

    /// TupleData of text values, `nil` for NULL.
    public func tuple(_ values: [String?]) -> Self {
        values.reduce(int16(values.count)) { message, value in
            guard let value else { return message.int8(0x6E) }
            return message.int8(0x74).int32(value.utf8.count).raw(Array(value.utf8))
        }
    }

    private func adding(_ more: [UInt8]) -> Self {
        var copy = self
        copy.bytes += more
        return copy
    }

    private static func bigEndian(_ value: Int, count: Int) -> [UInt8] {
        (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }
}

extension PgOutputWriter {
    public static func begin(finalLSN: Int, commitTime: Int = 0, transactionID: Int = 700) -> [UInt8] {
        Self(type: "B").int64(finalLSN).int64(commitTime).int32(transactionID).bytes
    }

    public static func commit(commitLSN: Int, endLSN: Int, commitTime: Int = 0) -> [UInt8] {
        Self(type: "C").int8(0).int64(commitLSN).int64(endLSN).int64(commitTime).bytes
    }

    /// `columns` are names and type OIDs.
    public static func relation(
        id: Int, namespace: String = "public", name: String, columns: [(name: String, typeOID: Int)]
    ) -> [UInt8] {
        columns.reduce(
            Self(type: "R").int32(id).string(namespace).string(name).int8(0x64).int16(columns.count)
        ) { $0.int8(0).string($1.name).int32($1.typeOID).int32(-1) }.bytes
    }

    public static func insert(relationID: Int, _ values: [String?]) -> [UInt8] {
        Self(type: "I").int32(relationID).int8(0x4E).tuple(values).bytes
    }

    /// At least one valid message of every kind of protocol 1, and the streaming and two-phase kinds.
    public static let samples: [[UInt8]] = [
        begin(finalLSN: 0x16_0000_0100, commitTime: 820_000_000_000_000, transactionID: 742),
        commit(commitLSN: 0x16_0000_0100, endLSN: 0x16_0000_0130, commitTime: 820_000_000_000_000),
        Self(type: "O").int64(77).string("origin_ü").bytes,
        relation(
            id: 16_400, name: "outbox_events",
            columns: [("id", 2950), ("aggregate_id", 25), ("payload", 3802), ("größe", 20)]),
        Self(type: "R").int32(1).string("").string("pg_x").int8(0x66).int16(0).bytes,
        Self(type: "Y").int32(16_500).string("public").string("mood").bytes,
        insert(relationID: 16_400, ["7d0b", nil, "{\"a\": 1}", ""]),
        Self(type: "I").int32(1).int8(0x4E).int16(3).int8(0x75).int8(0x62).int32(2).raw([1, 2]).int8(0x6E).bytes,
        insert(relationID: 16_400, []),
        Self(type: "U").int32(16_400).int8(0x4E).tuple(["a"]).bytes,
        Self(type: "U").int32(16_400).int8(0x4B).tuple(["k", nil]).int8(0x4E).tuple(["a", "b"]).bytes,
        Self(type: "U").int32(16_400).int8(0x4F).tuple(["o"]).int8(0x4E).tuple([nil]).bytes,
        Self(type: "D").int32(16_400).int8(0x4B).tuple(["k"]).bytes,
        Self(type: "D").int32(16_400).int8(0x4F).tuple(["k", "v"]).bytes,
        Self(type: "T").int32(2).int8(3).int32(16_400).int32(16_401).bytes,
        Self(type: "M").int8(1).int64(99).string("outbox").int32(3).raw([1, 2, 3]).bytes,
        Self(type: "M").int8(0).int64(99).string("").int32(0).bytes,
        Self(type: "S").int32(742).int8(1).bytes,
        Self(type: "E").bytes,
        Self(type: "c").int32(742).int8(0).int64(1).int64(2).int64(3).bytes,
        Self(type: "A").int32(742).int32(743).bytes,
        Self(type: "A").int32(742).int32(743).int64(5).int64(6).bytes,
        Self(type: "b").int64(1).int64(2).int64(3).int32(742).string("gid").bytes,
        Self(type: "P").int8(0).int64(1).int64(2).int64(3).int32(742).string("gid").bytes,
        Self(type: "K").int8(0).int64(1).int64(2).int64(3).int32(742).string("gid").bytes,
        Self(type: "r").int8(0).int64(1).int64(2).int64(3).int64(4).int32(742).string("gid").bytes,
        Self(type: "p").int8(0).int64(1).int64(2).int64(3).int32(742).string("gid").bytes,
    ]
}
