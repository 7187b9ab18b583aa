internal import ByteCoding

/// `R`: a table's name and columns, valid for the tuples that follow until the next one of the same OID.
///
/// It comes before the first change of a table in a session and again after any change to the table's definition.
public struct Relation: Equatable, Sendable {
    /// The table's OID.
    public let id: UInt32
    /// Schema; empty for pg_catalog.
    public let namespace: String
    public let name: String
    public let replicaIdentity: ReplicaIdentity
    /// In the order of the tuples' fields.
    public let columns: [RelationColumn]

    public init(
        id: UInt32, namespace: String, name: String, replicaIdentity: ReplicaIdentity = .primaryKey,
        columns: [RelationColumn]
    ) {
        self.id = id
        self.namespace = namespace
        self.name = name
        self.replicaIdentity = replicaIdentity
        self.columns = columns
    }

    init(decoding reader: inout MessageReader, in bytes: RawSpan) throws(PgOutputError) {
        id = try reader.uint32(in: bytes)
        namespace = try reader.text(in: bytes)
        name = try reader.text(in: bytes)
        let identityOffset = reader.cursor.offset
        let identityByte = try reader.uint8(in: bytes)
        guard let identity = ReplicaIdentity(rawValue: identityByte) else {
            throw reader.error(.unexpectedByte(identityByte, expected: .replicaIdentity), at: identityOffset)
        }
        replicaIdentity = identity
        let countOffset = reader.cursor.offset
        let count = Int(try reader.int16(in: bytes))
        // A column takes at least 10 bytes: a false count must not reserve memory for columns that cannot be there.
        guard count >= 0, count <= reader.cursor.remaining(in: bytes) / 10 else {
            throw reader.error(.invalidCount(count), at: countOffset)
        }
        var columns: [RelationColumn] = []
        columns.reserveCapacity(count)
        for _ in 0..<count {
            columns.append(try RelationColumn(decoding: &reader, in: bytes))
        }
        self.columns = columns
    }
}
