/// The column types that the encoder treats in ways of their own, by OID (pg_type).
enum ColumnType {
    static let bytea: UInt32 = 17
    static let json: UInt32 = 114
    static let jsonb: UInt32 = 3802
}
