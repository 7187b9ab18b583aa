/// What a temporary PostgreSQL is to be like.
public struct PostgresOptions: Sendable {
    /// Server settings, over the defaults that suit a throw-away server.
    public var settings: [String: String] = [:]
    /// Lines of pg_hba.conf to stand before those that trust everybody from this machine; the first match counts.
    public var authenticationLines: [String] = []
    /// Turns TLS on (`ssl=on`) with this certificate.
    public var certificate: Certificate?
    /// The authority that client certificates have to come from, a PEM file.
    public var clientAuthority: String?
    /// Whether commits wait for the disk (fsync). Off by default: a kill of the server loses nothing that way, only a power cut does.
    public var isDurable = false

    public init() {}
}
