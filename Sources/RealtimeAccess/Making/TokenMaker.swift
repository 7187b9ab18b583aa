internal import Telemetry

/// Makes signed tokens as `TokenVerifier` expects them.
public struct TokenMaker: Sendable {
    private let key: SigningKey

    public init(_ key: SigningKey) { self.key = key }

    /// A token with these claims. Throws when the key cannot sign.
    public func token(_ claims: NewClaims) throws(KeyProblem) -> String { try token(payload: claims.json) }

    /// A token with this text as its claims, whatever it is; `header` adds to or replaces `alg`, `typ` and `kid`.
    public func token(payload: String, header: [String: String] = [:]) throws(KeyProblem) -> String {
        var fields = ["alg": key.algorithm.rawValue, "typ": "JWT"]
        if let id = key.id { fields["kid"] = id }
        fields.merge(header) { _, new in new }
        return try key.material.sign(
            Array(payload.utf8), header: fields.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) })
    }
}
