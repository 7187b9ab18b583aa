/// What a verified token allows.
public struct TokenGrant: Hashable, Sendable {
    /// The claim `sub`, an integer as decimal digits: 1 to 255 bytes without control characters. Nil when the token names nobody.
    public let user: String?
    /// The claim `channels`: further names, each of 1 to 128 bytes of [A-Za-z0-9_.:-]; one that ends in `*` stands for all that begin so.
    public let channels: [String]
    /// The claim `exp`, seconds since 1970: a client has to bring another token before.
    public let expiresAt: Int64
    /// Seconds since 1970 at which the connection has to end: `exp` and the leeway.
    public let endsAt: Int64

    public init(user: String?, channels: [String], expiresAt: Int64, endsAt: Int64) {
        self.user = user
        self.channels = channels
        self.expiresAt = expiresAt
        self.endsAt = endsAt
    }
}
