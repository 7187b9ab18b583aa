/// What a verified token says about a client.
public struct AccessGrant: Sendable, Equatable {
    /// `sub`.
    public let user: String?
    /// What the claim `channels` allows beside the user's own.
    public let channels: [ChannelPattern]
    /// Seconds since 1970; nil for a token without an end.
    public let expiresAt: Int64?
    /// When the connection has to end, in the same unit: some leeway after ``expiresAt``.
    public let endsAt: Int64?

    /// - Parameter endsAt: nil for no leeway.
    public init(user: String?, channels: [ChannelPattern] = [], expiresAt: Int64? = nil, endsAt: Int64? = nil) {
        self.user = user
        self.channels = channels
        self.expiresAt = expiresAt
        self.endsAt = endsAt ?? expiresAt
    }
}
