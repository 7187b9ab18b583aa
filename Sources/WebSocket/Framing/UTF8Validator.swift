/// Checks text that comes in pieces and fails at the first byte that no valid text could have there.
///
/// Overlong forms, surrogates and code points above U+10FFFF are wrong at their second byte, as RFC 3629 has it.
public struct UTF8Validator: Sendable {
    /// Continuation bytes that the code point begun still needs.
    @usableFromInline var missing: UInt8 = 0
    /// What the next of them may be. The second byte of some code points has a narrower range than the others.
    @usableFromInline var lowest: UInt8 = 0x80
    @usableFromInline var highest: UInt8 = 0xBF

    @inlinable
    public init() {}

    /// No code point is open: here the text may end.
    public var isComplete: Bool {
        @inlinable get { missing == 0 }
    }

    /// Takes the next piece; false when the text is wrong, from where on the validator is of no more use.
    @unsafe
    public mutating func accept(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let base = bytes.baseAddress else { return true }
        let end = bytes.count
        var index = 0
        while index < end {
            if missing == 0 {
                unsafe index = Self.skipASCII(base, from: index, to: end)
                guard index < end else { return true }
            }
            let byte = unsafe base.load(fromByteOffset: index, as: UInt8.self)
            guard accept(byte) else { return false }
            index &+= 1
        }
        return true
    }

    public mutating func accept(_ byte: UInt8) -> Bool {
        if missing > 0 {
            guard byte >= lowest, byte <= highest else { return false }
            missing &-= 1
            lowest = 0x80
            highest = 0xBF
            return true
        }
        switch byte {
        case 0x00...0x7F: return true
        case 0xC2...0xDF: missing = 1
        case 0xE0: begin(2, from: 0xA0)
        case 0xED: begin(2, to: 0x9F)
        case 0xE1...0xEF: missing = 2
        case 0xF0: begin(3, from: 0x90)
        case 0xF1...0xF3: missing = 3
        case 0xF4: begin(3, to: 0x8F)
        default: return false
        }
        return true
    }

    private mutating func begin(_ count: UInt8, from low: UInt8 = 0x80, to high: UInt8 = 0xBF) {
        missing = count
        lowest = low
        highest = high
    }

    /// The place of the first byte that is not ASCII. Most text is, so it goes in large steps.
    private static func skipASCII(_ base: UnsafeRawPointer, from start: Int, to end: Int) -> Int {
        var index = start
        while index &+ 32 <= end {
            let words = unsafe base.loadUnaligned(fromByteOffset: index, as: SIMD4<UInt64>.self)
            let folded = words & SIMD4(repeating: 0x8080_8080_8080_8080)
            guard folded[0] | folded[1] | folded[2] | folded[3] == 0 else { break }
            index &+= 32
        }
        while index &+ 8 <= end {
            let word = unsafe base.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            guard word & 0x8080_8080_8080_8080 == 0 else { break }
            index &+= 8
        }
        while index < end, unsafe base.load(fromByteOffset: index, as: UInt8.self) < 0x80 { index &+= 1 }
        return index
    }
}
