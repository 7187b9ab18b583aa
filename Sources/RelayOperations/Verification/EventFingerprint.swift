/// An event id in 16 bytes: a uuid as it is, any other text as two hashes of it. Pure.
struct EventFingerprint: Hashable, Sendable {
    let high: UInt64
    let low: UInt64

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    init(_ text: some Collection<UInt8>) {
        if let uuid = Self.uuid(text) {
            self = uuid
        } else {
            self.init(high: Self.hash(text, seed: 0xCBF2_9CE4_8422_2325), low: Self.hash(text, seed: 0x9AE1_6A3B_2F90_404F))
        }
    }

    /// Reads the form that Postgres prints, capitals allowed; nil for anything else.
    static func uuid(_ text: some Collection<UInt8>) -> EventFingerprint? {
        guard text.count == 36 else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        var digits = 0
        for (place, byte) in text.enumerated() {
            if place == 8 || place == 13 || place == 18 || place == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            let digit: UInt8
            switch byte {
            case 48...57: digit = byte - 48
            case 97...102: digit = byte - 87
            case 65...70: digit = byte - 55
            default: return nil
            }
            if digits < 16 { high = high << 4 | UInt64(digit) } else { low = low << 4 | UInt64(digit) }
            digits += 1
        }
        return EventFingerprint(high: high, low: low)
    }

    /// Where in a table of hashes it goes: uuids of one clock share most of their bits.
    var mixed: UInt64 { Self.mix(high &+ Self.mix(low)) }

    /// A 64-bit hash of bytes, the same in every process.
    static func hash(_ bytes: some Collection<UInt8>, seed: UInt64 = 0xCBF2_9CE4_8422_2325) -> UInt64 {
        var hash = seed
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        return mix(hash)
    }

    /// Spreads every bit over all others (the finalizer of MurmurHash3).
    static func mix(_ value: UInt64) -> UInt64 {
        var value = value
        value ^= value >> 33
        value = value &* 0xFF51_AFD7_ED55_8CCD
        value ^= value >> 33
        value = value &* 0xC4CE_B9FE_1A85_EC53
        return value ^ value >> 33
    }
}
