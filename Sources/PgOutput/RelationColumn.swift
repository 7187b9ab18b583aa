internal import ByteCoding

/// One column of a `Relation`.
public struct RelationColumn: Equatable, Sendable {
    /// Part of the replica identity.
    public let isKey: Bool
    public let name: String
    /// OID of the type.
    public let typeOID: UInt32
    /// The type's modifier, -1 for none.
    public let typeModifier: Int32

    public init(name: String, typeOID: UInt32, typeModifier: Int32 = -1, isKey: Bool = false) {
        self.isKey = isKey
        self.name = name
        self.typeOID = typeOID
        self.typeModifier = typeModifier
    }

    init(decoding reader: inout MessageReader, in bytes: RawSpan) throws(PgOutputError) {
        isKey = try reader.flag(in: bytes)
        name = try reader.text(in: bytes)
        typeOID = try reader.uint32(in: bytes)
        typeModifier = try reader.int32(in: bytes)
    }
}
