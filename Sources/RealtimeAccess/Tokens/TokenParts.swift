/// The three parts of a compact JWS, decoded.
struct TokenParts {
    let header: [UInt8]
    let payload: [UInt8]
    let signature: [UInt8]

    init(_ token: some Collection<UInt8>, maximumBytes: Int) throws(TokenRefusal) {
        guard token.count <= maximumBytes else {
            throw TokenRefusal(.tooLarge, "the token is larger than \(maximumBytes) bytes")
        }
        let parts = token.split(separator: UInt8(ascii: "."), maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count != 5 else { throw TokenRefusal(.encrypted, "the token is encrypted") }
        guard parts.count == 3 else { throw TokenRefusal(.malformed, "the token has not three parts") }
        guard !parts[2].isEmpty else { throw TokenRefusal(.signature, "the token is not signed") }
        guard let header = Base64URL.decode(parts[0]), let payload = Base64URL.decode(parts[1]),
            let signature = Base64URL.decode(parts[2]), !header.isEmpty, !payload.isEmpty
        else { throw TokenRefusal(.malformed, "the token is not base64url without padding") }
        self.header = header
        self.payload = payload
        self.signature = signature
    }
}
