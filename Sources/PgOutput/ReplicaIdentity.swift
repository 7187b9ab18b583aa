/// What of an old row is sent with an update or a delete of the relation (pg_class.relreplident).
public enum ReplicaIdentity: UInt8, Sendable {
    /// The primary key.
    case primaryKey = 0x64
    /// Nothing.
    case nothing = 0x6E
    /// All columns.
    case full = 0x66
    /// The columns of a chosen index.
    case index = 0x69
}
