internal import CJose

/// The numbers of an RSA key, big-endian. Without `secret` it can only verify.
struct RSANumbers {
    var modulus: [UInt8]
    var exponent: [UInt8]
    /// d, p, q, dp, dq, qi of RFC 7518; all or none.
    var secret: [[UInt8]] = []

    /// Lends cjose its specification of this key.
    func withSpecification<Value>(_ body: (UnsafePointer<cjose_jwk_rsa_keyspec>) -> Value) -> Value {
        // One block, because each pointer has to stay where it is while the others are taken.
        let numbers = [modulus, exponent] + secret
        var block = numbers.flatMap { $0 }
        let isPrivate = secret.count == 6
        return block.withUnsafeMutableBufferPointer { buffer in
            var start = buffer.baseAddress
            var places: [(UnsafeMutablePointer<UInt8>?, Int)] = []
            for number in numbers {
                places.append((start, number.count))
                start = start.map { $0 + number.count }
            }
            var specification = cjose_jwk_rsa_keyspec()
            (specification.n, specification.nlen) = places[0]
            (specification.e, specification.elen) = places[1]
            if isPrivate {
                (specification.d, specification.dlen) = places[2]
                (specification.p, specification.plen) = places[3]
                (specification.q, specification.qlen) = places[4]
                (specification.dp, specification.dplen) = places[5]
                (specification.dq, specification.dqlen) = places[6]
                (specification.qi, specification.qilen) = places[7]
            }
            return withUnsafePointer(to: specification, body)
        }
    }
}
