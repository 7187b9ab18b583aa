internal import JSONReading

/// What a token says about itself. Nothing of it is trusted: it only picks among what the configuration allows.
struct TokenHeader: Hashable {
    let algorithm: SigningAlgorithm
    let keyID: String?

    /// Types of a token that is meant for us. Others (logout tokens, proofs of possession) are signed with the same keys
    /// for other purposes (RFC 8725, 3.11).
    private static let types: Set = ["jwt", "at+jwt", "application/jwt", "application/at+jwt"]

    init(_ bytes: [UInt8], allowed: Set<SigningAlgorithm>) throws(TokenRefusal) {
        let header: JSONView
        do {
            header = try JSONDocument(bytes, what: "the header", refusingDuplicates: true).root
        } catch {
            throw TokenRefusal(.malformed, "the token's header is no JSON object with distinct names")
        }
        guard header.isObject else { throw TokenRefusal(.malformed, "the token's header is no JSON object") }
        guard !header.has("enc"), !header.has("zip") else { throw TokenRefusal(.encrypted, "the token is encrypted") }
        guard !header.has("crit") else { throw TokenRefusal(.header, "the token demands an extension") }
        guard let name = header.member("alg")?.asString, let algorithm = SigningAlgorithm(rawValue: name),
            allowed.contains(algorithm)
        else { throw TokenRefusal(.algorithm, "the token's algorithm is not allowed") }
        if header.has("typ") {
            guard let type = header.member("typ")?.asString, Self.types.contains(type.lowercased())
            else { throw TokenRefusal(.header, "the token is of another type") }
        }
        if header.has("kid") {
            guard let id = header.member("kid")?.asString, !id.isEmpty, id.utf8.count <= 256
            else { throw TokenRefusal(.malformed, "the token's key id is no text of 1 to 256 bytes") }
            keyID = id
        } else {
            keyID = nil
        }
        self.algorithm = algorithm
    }
}
