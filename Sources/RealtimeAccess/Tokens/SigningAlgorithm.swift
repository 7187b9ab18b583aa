/// The signature algorithms of RFC 7518 that cjose can check. `none` is deliberately no case: nothing here can name it.
public enum SigningAlgorithm: String, CaseIterable, Hashable, Sendable {
    case hs256 = "HS256"
    case hs384 = "HS384"
    case hs512 = "HS512"
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    case ps256 = "PS256"
    case ps384 = "PS384"
    case ps512 = "PS512"
    case es256 = "ES256"
    case es384 = "ES384"
    case es512 = "ES512"

    /// Whether the one who verifies holds the same secret as the one who signs.
    public var isSymmetric: Bool { family == .hmac }

    enum Family: Hashable, Sendable { case hmac, rsa, elliptic }

    var family: Family {
        switch self {
        case .hs256, .hs384, .hs512: .hmac
        case .rs256, .rs384, .rs512, .ps256, .ps384, .ps512: .rsa
        case .es256, .es384, .es512: .elliptic
        }
    }

    /// Bytes of the hash; a secret must be at least as long (RFC 7518, 3.2), which cjose 0.6.2 does not check.
    var hashBytes: Int {
        switch self {
        case .hs256, .rs256, .ps256, .es256: 32
        case .hs384, .rs384, .ps384, .es384: 48
        case .hs512, .rs512, .ps512, .es512: 64
        }
    }

    /// The one curve of an ECDSA algorithm.
    var curve: EllipticCurve? {
        switch self {
        case .es256: .p256
        case .es384: .p384
        case .es512: .p521
        default: nil
        }
    }
}
