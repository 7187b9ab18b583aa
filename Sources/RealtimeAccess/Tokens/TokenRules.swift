/// What is asked of a token beside its signature.
public struct TokenRules: Hashable, Sendable {
    /// The only algorithms that are accepted, whatever a token or a key says.
    public var algorithms: Set<SigningAlgorithm>
    /// Accepted values of `iss`; empty: any, or none.
    public var issuers: [String] = []
    /// Accepted values of `aud`, of which a token has to name one. Empty: only tokens without `aud`, because one that names an
    /// audience is not for a server that does not know itself to be it (RFC 7519, 4.1.3).
    public var audiences: [String] = []
    /// Seconds by which clocks may differ, for `exp`, `nbf` and `iat`.
    public var leeway: Int64 = 30
    /// Longer tokens are refused before anything is decoded.
    public var maximumTokenBytes = 8192
    /// How many names the claim `channels` may hold.
    public var maximumChannels = 100
    /// How many keys are tried for a token without `kid`.
    public var maximumKeysTried = 8

    public init(algorithms: Set<SigningAlgorithm>) { self.algorithms = algorithms }
}
