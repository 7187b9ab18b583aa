internal import ByteCoding

/// `Y`: the name of a type that is not built in, sent before a relation that uses it.
public struct TypeMessage: Equatable, Sendable {
    /// The type's OID.
    public let id: UInt32
    /// Schema; empty for pg_catalog.
    public let namespace: String
    public let name: String

    init(decoding reader: inout MessageReader, in bytes: RawSpan) throws(PgOutputError) {
        id = try reader.uint32(in: bytes)
        namespace = try reader.text(in: bytes)
        name = try reader.text(in: bytes)
    }
}
