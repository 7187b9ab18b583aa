internal import JSONReading

/// The claims of a token whose signature was good, each with the type that it must have.
struct TokenClaims: Hashable {
    let subject: String?
    let issuer: String?
    /// Nil: no such claim.
    let audiences: [String]?
    let expiresAt: Int64
    let notBefore: Int64?
    let issuedAt: Int64?
    let channels: [String]

    init(_ bytes: [UInt8], maximumChannels: Int) throws(TokenRefusal) {
        let claims: JSONView
        do {
            claims = try JSONDocument(bytes, what: "the claims", refusingDuplicates: true).root
        } catch {
            throw TokenRefusal(.malformed, "the token's claims are no JSON object with distinct names")
        }
        guard claims.isObject else { throw TokenRefusal(.malformed, "the token's claims are no JSON object") }
        guard let expiry = try Self.time(claims, "exp") else { throw TokenRefusal(.claims, "the token has no exp") }
        expiresAt = expiry
        notBefore = try Self.time(claims, "nbf")
        issuedAt = try Self.time(claims, "iat")
        issuer = try Self.issuer(claims)
        audiences = try Self.audiences(claims)
        subject = try Self.subject(claims)
        channels = try Self.channels(claims, maximum: maximumChannels)
    }

    /// The rules' answer at this moment, seconds since 1970.
    func grant(_ rules: TokenRules, now: Int64) throws(TokenRefusal) -> TokenGrant {
        let end = expiresAt + rules.leeway
        guard now < end else { throw TokenRefusal(.expired, "the token has expired") }
        if let notBefore, notBefore > now + rules.leeway {
            throw TokenRefusal(.notYetValid, "the token is not valid yet")
        }
        if let issuedAt, issuedAt > now + rules.leeway {
            throw TokenRefusal(.notYetValid, "the token was issued in the future")
        }
        if !rules.issuers.isEmpty {
            guard let issuer, rules.issuers.contains(issuer) else {
                throw TokenRefusal(.issuer, "the token is of another issuer")
            }
        }
        if rules.audiences.isEmpty {
            guard audiences == nil else { throw TokenRefusal(.audience, "the token is for an audience and none is configured") }
        } else {
            guard let audiences, audiences.contains(where: rules.audiences.contains) else {
                throw TokenRefusal(.audience, "the token is for another audience")
            }
        }
        return TokenGrant(user: subject, channels: channels, expiresAt: expiresAt, endsAt: end)
    }

    // MARK: One claim each

    /// 9999-12-31T23:59:59Z: later moments mean "never" and are cut to this one, so that nothing overflows.
    private static let latest: Int64 = 253_402_300_799

    /// A NumericDate, cut to whole seconds.
    private static func time(_ claims: JSONView, _ name: String) throws(TokenRefusal) -> Int64? {
        guard claims.has(name) else { return nil }
        guard let value = claims.member(name)?.asNumber, value.isFinite else {
            throw TokenRefusal(.claims, "the token's \(name) is not a number")
        }
        return Int64(max(0, min(value, Double(latest))))
    }

    private static func issuer(_ claims: JSONView) throws(TokenRefusal) -> String? {
        guard claims.has("iss") else { return nil }
        guard let issuer = claims.member("iss")?.asString else { throw TokenRefusal(.claims, "the token's iss is not a text") }
        return issuer
    }

    private static func audiences(_ claims: JSONView) throws(TokenRefusal) -> [String]? {
        guard claims.has("aud") else { return nil }
        let value = claims.member("aud")
        if let one = value?.asString { return [one] }
        guard let items = value?.asArray else {
            throw TokenRefusal(.claims, "the token's aud is neither a text nor a list of texts")
        }
        let texts = items.compactMap(\.asString)
        guard texts.count == items.count else {
            throw TokenRefusal(.claims, "the token's aud is neither a text nor a list of texts")
        }
        return texts
    }

    private static func subject(_ claims: JSONView) throws(TokenRefusal) -> String? {
        guard claims.has("sub") else { return nil }
        let value = claims.member("sub")
        guard let subject = value?.asString ?? value?.asInteger.map({ String($0) }) else {
            throw TokenRefusal(.claims, "the token's sub is neither a text nor an integer")
        }
        guard (1...255).contains(subject.utf8.count), subject.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw TokenRefusal(.claims, "the token's sub has not 1 to 255 bytes, or a control character")
        }
        return subject
    }

    private static func channels(_ claims: JSONView, maximum: Int) throws(TokenRefusal) -> [String] {
        guard claims.has("channels") else { return [] }
        guard let items = claims.member("channels")?.asArray else {
            throw TokenRefusal(.claims, "the token's channels are no list")
        }
        guard items.count <= maximum else { throw TokenRefusal(.claims, "the token has more than \(maximum) channels") }
        let names = items.compactMap(\.asString).filter(isChannel)
        guard names.count == items.count else {
            throw TokenRefusal(
                .claims, "the token's channels are not names of 1 to 128 bytes of [A-Za-z0-9_.:-], with * at the end at most")
        }
        return names
    }

    private static func isChannel(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        guard (1...128).contains(bytes.count) else { return false }
        return bytes.enumerated().allSatisfy { index, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: ":"),
                UInt8(ascii: "-"):
                true
            case UInt8(ascii: "*"): index == bytes.count - 1
            default: false
            }
        }
    }
}
