internal import CJose

/// One key inside cjose.
///
/// Immutable once made, and any number of threads may verify with it at once: the library only reads it, and OpenSSL guards
/// what it computes on first use. cjose's own counting of references is not atomic, so this object is the only owner.
final class JoseKey: Sendable {
    nonisolated(unsafe) private let handle: OpaquePointer
    let kind: KeyKind

    private init(_ handle: OpaquePointer, _ kind: KeyKind) {
        self.handle = handle
        self.kind = kind
    }

    deinit { cjose_jwk_release(handle) }

    // MARK: Making

    static func secret(_ bytes: [UInt8]) throws(KeyProblem) -> JoseKey {
        guard !bytes.isEmpty, let handle = cjose_jwk_create_oct_spec(bytes, bytes.count, nil) else {
            throw KeyProblem("the secret cannot be used")
        }
        return JoseKey(handle, .secret(bytes: bytes.count))
    }

    /// Sizes beyond 8192 bits only cost time, and below 2048 are too weak (RFC 7518, 3.3).
    static func rsa(_ numbers: RSANumbers) throws(KeyProblem) -> JoseKey {
        let modulus = Array(numbers.modulus.drop { $0 == 0 })
        guard let first = modulus.first, let last = modulus.last, last & 1 == 1 else {
            throw KeyProblem("an RSA key's modulus is no odd number")
        }
        let bits = modulus.count * 8 - first.leadingZeroBitCount
        guard (2048...8192).contains(bits) else { throw KeyProblem("an RSA key has not 2048 to 8192 bits") }
        let exponent = numbers.exponent.drop { $0 == 0 }
        guard (1...8).contains(exponent.count), exponent.last.map({ $0 & 1 == 1 }) == true,
            exponent.count > 1 || exponent.first != 1
        else {
            throw KeyProblem("an RSA key's exponent is not an odd number of 2 to 64 bits")
        }
        guard let handle = numbers.withSpecification({ cjose_jwk_create_RSA_spec($0, nil) }) else {
            clearErrors()
            throw KeyProblem("an RSA key cannot be used")
        }
        return JoseKey(handle, .rsa(bytes: modulus.count))
    }

    /// A point that is not on its curve is refused by OpenSSL.
    static func elliptic(_ curve: EllipticCurve, x: [UInt8], y: [UInt8], secret: [UInt8] = []) throws(KeyProblem) -> JoseKey {
        let size = curve.coordinateBytes
        guard x.count == size, y.count == size, secret.isEmpty || secret.count == size else {
            throw KeyProblem("an EC key's numbers have not the length of its curve")
        }
        var x = x
        var y = y
        var secret = secret
        let hasSecret = !secret.isEmpty
        let made = x.withUnsafeMutableBufferPointer { x in
            y.withUnsafeMutableBufferPointer { y in
                secret.withUnsafeMutableBufferPointer { secret in
                    var specification = cjose_jwk_ec_keyspec(
                        crv: curve.identifier, d: hasSecret ? secret.baseAddress : nil, dlen: secret.count,
                        x: x.baseAddress, xlen: size, y: y.baseAddress, ylen: size)
                    return cjose_jwk_create_EC_spec(&specification, nil)
                }
            }
        }
        guard let made else {
            clearErrors()
            throw KeyProblem("an EC key cannot be used")
        }
        return JoseKey(made, .elliptic(curve))
    }

    /// A new key pair or secret for this algorithm, from OpenSSL's random numbers.
    static func random(for algorithm: SigningAlgorithm) throws(KeyProblem) -> JoseKey {
        let made: (OpaquePointer?, KeyKind)
        switch algorithm.family {
        case .hmac: made = (cjose_jwk_create_oct_random(algorithm.hashBytes * 8, nil), .secret(bytes: algorithm.hashBytes))
        case .rsa: made = (cjose_jwk_create_RSA_random(2048, nil, 0, nil), .rsa(bytes: 256))
        case .elliptic:
            let curve = algorithm.curve ?? .p256
            made = (cjose_jwk_create_EC_random(curve.identifier, nil), .elliptic(curve))
        }
        guard let handle = made.0 else {
            clearErrors()
            throw KeyProblem("no new key could be made")
        }
        return JoseKey(handle, made.1)
    }

    // MARK: Using

    /// Whether the token, which has passed every check of its header, is signed by this key.
    ///
    /// Each try reads the token anew: what an object of cjose keeps from an earlier one has leaked in several versions.
    func verifies(_ token: [UInt8]) -> Bool {
        // TLS on this thread would take the reason of a wrong signature for its own.
        defer { Self.clearErrors() }
        return token.withUnsafeBytes { bytes in
            let text = bytes.bindMemory(to: CChar.self)
            guard let parsed = cjose_jws_import(text.baseAddress, text.count, nil) else { return false }
            defer { cjose_jws_release(parsed) }
            return cjose_jws_verify(parsed, handle, nil)
        }
    }

    /// The signed token. `header` are names and texts, in their order.
    func sign(_ payload: [UInt8], header: [(name: String, value: String)]) throws(KeyProblem) -> String {
        defer { Self.clearErrors() }
        guard let fields = cjose_header_new(nil) else { throw KeyProblem("no memory for a token") }
        defer { cjose_header_release(fields) }
        for (name, value) in header {
            guard cjose_header_set(fields, name, value, nil) else { throw KeyProblem("a token's header cannot be written") }
        }
        guard let token = cjose_jws_sign(handle, fields, payload, payload.count, nil) else {
            throw KeyProblem("the key cannot sign: is it a public one?")
        }
        defer { cjose_jws_release(token) }
        var text: UnsafePointer<CChar>?
        guard cjose_jws_export(token, &text, nil), let text else { throw KeyProblem("no memory for a token") }
        return String(cString: text)
    }

    /// The key as a JWK without its id and algorithm. `withSecret` writes the private part as well.
    func json(withSecret: Bool) throws(KeyProblem) -> String {
        guard let text = cjose_jwk_to_json(handle, withSecret, nil) else { throw KeyProblem("the key cannot be written") }
        defer { cjose_get_dealloc()(text) }
        return String(cString: text)
    }

    private static func clearErrors() { ERR_clear_error() }
}

extension EllipticCurve {
    fileprivate var identifier: cjose_jwk_ec_curve {
        switch self {
        case .p256: CJOSE_JWK_EC_P_256
        case .p384: CJOSE_JWK_EC_P_384
        case .p521: CJOSE_JWK_EC_P_521
        }
    }
}
