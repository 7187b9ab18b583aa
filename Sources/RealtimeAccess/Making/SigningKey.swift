internal import Telemetry

/// A key that can sign tokens: for tests, first steps and small systems that have no identity provider.
public struct SigningKey: Sendable {
    let material: JoseKey
    /// `kid`, which the tokens name as well.
    public let id: String?
    public let algorithm: SigningAlgorithm

    /// A shared secret, its bytes as they are. Throws when it is shorter than the algorithm's hash or the algorithm is not an HMAC.
    public init(secret: [UInt8], algorithm: SigningAlgorithm = .hs256, id: String? = nil) throws(KeyProblem) {
        try self.init(.secret(secret), algorithm, id)
    }

    /// A JWK with its private part. Without `alg` in it, `algorithm` says what it signs with.
    public init(jwk: [UInt8], algorithm: SigningAlgorithm? = nil) throws(KeyProblem) {
        let key = try JWKReader.signingKey(jwk)
        guard let chosen = algorithm ?? key.algorithm ?? Self.usual(key.kind), key.fits(chosen) else {
            throw KeyProblem("the key is not for this algorithm")
        }
        try self.init(key.material, chosen, key.id)
    }

    /// A new key. RSA keys have 2048 bits, secrets the length of the hash.
    public static func random(_ algorithm: SigningAlgorithm, id: String? = nil) throws(KeyProblem) -> SigningKey {
        try SigningKey(.random(for: algorithm), algorithm, id)
    }

    private init(_ material: JoseKey, _ algorithm: SigningAlgorithm, _ id: String?) throws(KeyProblem) {
        guard material.kind.fits(algorithm) else {
            throw KeyProblem("the key is too short for this algorithm or not of its type")
        }
        self.material = material
        self.algorithm = algorithm
        self.id = id
    }

    /// The key as a JWK that verifies: its public half, or the secret itself.
    public func verifyingJWK() throws(KeyProblem) -> String { try jwk(withSecret: algorithm.isSymmetric) }

    /// The key as a JWK that signs. Whoever has it can make tokens.
    public func signingJWK() throws(KeyProblem) -> String { try jwk(withSecret: true) }

    private func jwk(withSecret: Bool) throws(KeyProblem) -> String {
        var members = #""use":"sig","alg":"\#(algorithm.rawValue)""#
        if let id { members += ",\"kid\":\(JSONText.quoted(id))" }
        return "{\(members),\(try material.json(withSecret: withSecret).dropFirst())"
    }

    private static func usual(_ kind: KeyKind) -> SigningAlgorithm? {
        SigningAlgorithm.allCases.first { kind.fits($0) }
    }
}
