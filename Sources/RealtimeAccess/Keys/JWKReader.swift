internal import JSONReading

/// Reads keys as RFC 7517 writes them. Only what verifying needs is taken: the private half of a key never gets into memory of cjose
/// unless it is asked for.
enum JWKReader {
    /// Files with more keys than that are taken for a mistake.
    private static let maximumKeys = 200

    /// The usable keys of a set (`{"keys": [..]}`) or of a single key. Entries that we do not understand are left out, as the RFC
    /// wants it; throws when nothing remains.
    static func keySet(_ bytes: [UInt8]) throws(KeyProblem) -> KeySet {
        let root = try document(bytes)
        let entries: [JSONView]
        if let list = root.member("keys")?.asArray {
            entries = list
        } else if root.has("kty") {
            entries = [root]
        } else {
            throw KeyProblem("the key file has no list \"keys\"")
        }
        guard entries.count <= maximumKeys else { throw KeyProblem("the key file has more than \(maximumKeys) keys") }
        var keys: [VerificationKey] = []
        var firstProblem: KeyProblem?
        for entry in entries {
            do throws(KeyProblem) {
                keys.append(try key(entry, withSecret: false))
            } catch {
                firstProblem = firstProblem ?? error
            }
        }
        guard !keys.isEmpty else {
            throw KeyProblem("the key file has no key that can verify tokens" + (firstProblem.map { ": \($0)" } ?? ""))
        }
        return KeySet(
            keys: keys, skipped: entries.count - keys.count,
            holdsPrivateKeys: entries.contains { $0.has("d") && $0.member("kty")?.asString != "oct" })
    }

    /// One key that can sign.
    static func signingKey(_ bytes: [UInt8]) throws(KeyProblem) -> VerificationKey {
        try key(try document(bytes), withSecret: true)
    }

    private static func document(_ bytes: [UInt8]) throws(KeyProblem) -> JSONView {
        do {
            return try JSONDocument(bytes, what: "the key file", refusingDuplicates: true).root
        } catch {
            throw KeyProblem("the key file is no JSON document with distinct names")
        }
    }

    private static func key(_ entry: JSONView, withSecret: Bool) throws(KeyProblem) -> VerificationKey {
        if let use = entry.member("use")?.asString, use != "sig" { throw KeyProblem("a key is not for signatures") }
        if let operations = entry.member("key_ops")?.asArray?.compactMap(\.asString),
            !operations.contains(withSecret ? "sign" : "verify"),
            !(entry.member("kty")?.asString == "oct" && operations.contains("sign"))
        {
            throw KeyProblem("a key is not for signatures")
        }
        let material: JoseKey
        switch entry.member("kty")?.asString {
        case "RSA":
            var numbers = RSANumbers(modulus: try number(entry, "n"), exponent: try number(entry, "e"))
            if withSecret {
                for name in ["d", "p", "q", "dp", "dq", "qi"] { numbers.secret.append(try number(entry, name)) }
            }
            material = try .rsa(numbers)
        case "EC":
            guard let curve = entry.member("crv")?.asString.flatMap(EllipticCurve.init(rawValue:)) else {
                throw KeyProblem("an EC key's curve is not P-256, P-384 or P-521")
            }
            material = try .elliptic(
                curve, x: number(entry, "x"), y: number(entry, "y"), secret: withSecret ? number(entry, "d") : [])
        case "oct":
            let secret = try number(entry, "k")
            guard secret.count >= SigningAlgorithm.hs256.hashBytes else {
                throw KeyProblem("a secret has fewer than \(SigningAlgorithm.hs256.hashBytes) bytes")
            }
            material = try .secret(secret)
        default: throw KeyProblem("a key's type is not RSA, EC or oct")
        }
        return VerificationKey(
            material: material, id: entry.member("kid")?.asString, algorithm: try algorithm(entry, material.kind))
    }

    private static func algorithm(_ entry: JSONView, _ kind: KeyKind) throws(KeyProblem) -> SigningAlgorithm? {
        guard entry.has("alg") else { return nil }
        guard let algorithm = entry.member("alg")?.asString.flatMap(SigningAlgorithm.init(rawValue:)), kind.fits(algorithm) else {
            throw KeyProblem("a key's algorithm does not exist or is not for its type")
        }
        return algorithm
    }

    private static func number(_ entry: JSONView, _ name: String) throws(KeyProblem) -> [UInt8] {
        guard let text = entry.member(name)?.asString, let bytes = Base64URL.decode(text.utf8), !bytes.isEmpty else {
            throw KeyProblem("a key's \(name) is no base64url text")
        }
        return bytes
    }
}
