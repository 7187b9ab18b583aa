/// Eight bytes at a time: finding the bytes that need a look without looking at each.
///
/// The masks have the high bit of a byte's lane set. A lane above the first one found may be set falsely (a borrow went
/// into it), the first one never is; so only the first may be used.
enum WordScan {
    static let lanes: UInt64 = 0x0101_0101_0101_0101
    static let highBits: UInt64 = 0x8080_8080_8080_8080

    /// Control characters, quotes, backslashes and everything that is not ASCII.
    @inline(__always)
    static func specialInJSON(_ word: UInt64) -> UInt64 {
        let quote = word ^ (lanes &* 0x22)
        let backslash = word ^ (lanes &* 0x5C)
        return (((word &- lanes &* 0x20) | (quote &- lanes) | (backslash &- lanes)) & highBits & ~word)
            | (word & highBits)
    }

    /// Backslashes.
    @inline(__always)
    static func backslash(_ word: UInt64) -> UInt64 {
        let difference = word ^ (lanes &* 0x5C)
        return (difference &- lanes) & ~difference & highBits
    }

    /// The first lane set in a mask that is not 0.
    @inline(__always)
    static func firstLane(_ mask: UInt64) -> Int {
        mask.trailingZeroBitCount &>> 3
    }

    /// The 8 bytes at `offset`, the first one in the lowest lane. They must be inside.
    @inline(__always)
    static func load(_ bytes: RawSpan, at offset: Int) -> UInt64 {
        UInt64(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self))
    }

    /// The `count` (1 to 7) bytes at `offset`, filled up with blanks. Reads nothing beyond them.
    @inline(__always)
    static func loadTail(_ bytes: RawSpan, at offset: Int, count: Int) -> UInt64 {
        let word: UInt64
        if count >= 4 {
            let low = unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt32.self)
            let high = unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset &+ count &- 4, as: UInt32.self)
            word = UInt64(UInt32(littleEndian: low)) | UInt64(UInt32(littleEndian: high)) &<< UInt64((count &- 4) &* 8)
        } else {
            let middle = count &>> 1
            let last = count &- 1
            let first = unsafe bytes.unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
            let second = unsafe bytes.unsafeLoad(fromUncheckedByteOffset: offset &+ middle, as: UInt8.self)
            let third = unsafe bytes.unsafeLoad(fromUncheckedByteOffset: offset &+ last, as: UInt8.self)
            word = UInt64(first) | UInt64(second) &<< UInt64(middle &* 8) | UInt64(third) &<< UInt64(last &* 8)
        }
        return word | (lanes &* 0x20) &<< UInt64(count &* 8)
    }
}

extension RawSpan {
    /// One byte; `offset` must be inside, which the callers of this module have checked.
    @inline(__always)
    func byte(_ offset: Int) -> UInt8 {
        unsafe unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
    }
}
