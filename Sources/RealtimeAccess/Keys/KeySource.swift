/// Where the keys come from.
public enum KeySource: Sendable {
    /// A JWKS file (RFC 7517), read again when it changes.
    case file(path: String)
    /// One secret for HS256 and its longer sisters, its bytes as they are.
    case secret([UInt8])
}
