/// What a key is, as far as that decides which algorithms it may be used with. The key's own type decides, never the token.
enum KeyKind: Hashable, Sendable {
    /// A shared secret of so many bytes.
    case secret(bytes: Int)
    /// An RSA key whose modulus has so many bytes.
    case rsa(bytes: Int)
    case elliptic(EllipticCurve)

    func fits(_ algorithm: SigningAlgorithm) -> Bool {
        switch self {
        case .secret(let bytes): algorithm.family == .hmac && bytes >= algorithm.hashBytes
        case .rsa: algorithm.family == .rsa
        case .elliptic(let curve): algorithm.curve == curve
        }
    }

    /// The only length that a signature may have. cjose 0.6.2 halves an ECDSA signature of any length.
    func signatureBytes(_ algorithm: SigningAlgorithm) -> Int {
        switch self {
        case .secret: algorithm.hashBytes
        case .rsa(let bytes): bytes
        case .elliptic(let curve): 2 * curve.coordinateBytes
        }
    }
}
