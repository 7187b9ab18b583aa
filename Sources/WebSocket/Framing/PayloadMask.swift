/// The masking key of a client's frame: byte i of the payload is XORed with byte i mod 4 of the key.
@usableFromInline
struct PayloadMask: Sendable {
    /// The key as its four bytes lie in memory.
    @usableFromInline var key: UInt32

    /// `key`: as the number whose most significant byte is sent first.
    @usableFromInline
    init(key: UInt32) { self.key = key.bigEndian }

    /// Masks or unmasks in place. `offset`: how many bytes of the payload lie before `bytes`.
    @unsafe
    @usableFromInline
    func apply(to bytes: UnsafeMutableRawBufferPointer, offset: Int = 0) {
        guard let base = bytes.baseAddress, key != 0 else { return }
        let turned = rotated(by: offset)
        let word = UInt64(turned) << 32 | UInt64(turned)
        let end = bytes.count
        var index = 0
        let block = SIMD4<UInt64>(repeating: word)
        while index &+ 32 <= end {
            let value = unsafe base.loadUnaligned(fromByteOffset: index, as: SIMD4<UInt64>.self)
            unsafe base.storeBytes(of: value ^ block, toByteOffset: index, as: SIMD4<UInt64>.self)
            index &+= 32
        }
        while index &+ 8 <= end {
            let value = unsafe base.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            unsafe base.storeBytes(of: value ^ word, toByteOffset: index, as: UInt64.self)
            index &+= 8
        }
        // `index` is a multiple of four here: the rest begins with the turned key's first byte.
        var rest = word
        while index < end {
            let value = unsafe base.load(fromByteOffset: index, as: UInt8.self)
            unsafe base.storeBytes(of: value ^ UInt8(truncatingIfNeeded: rest), toByteOffset: index, as: UInt8.self)
            rest >>= 8
            index &+= 1
        }
    }

    /// The key whose first byte in memory (the lowest: Linux runs little-endian) belongs to the payload's byte `offset`.
    private func rotated(by offset: Int) -> UInt32 {
        let bits = UInt32(truncatingIfNeeded: offset & 3) &* 8
        let little = UInt32(littleEndian: key)
        return (little &>> bits | little &<< (32 &- bits)).littleEndian
    }
}
