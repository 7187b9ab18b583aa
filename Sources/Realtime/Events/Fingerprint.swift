/// A 32-bit hash that every instance computes alike: FNV-1a, mixed at the end so that its low bits are good as well.
enum Fingerprint {
    static func of(_ bytes: some Sequence<UInt8>) -> UInt32 {
        var hash: UInt32 = 2_166_136_261
        for byte in bytes { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        hash = (hash ^ hash >> 16) &* 0x7feb_352d
        hash = (hash ^ hash >> 15) &* 0x846c_a68b
        return hash ^ hash >> 16
    }
}
