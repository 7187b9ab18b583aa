/// A position in the write-ahead log of one Postgres timeline: a byte offset.
///
/// Its text form is Postgres' own, two hexadecimal halves (`"16/B374D848"`). `0/0` is never a valid record position;
/// Postgres uses it for "none".
public struct LSN: RawRepresentable, Comparable, Hashable, Sendable, CustomStringConvertible {
    /// The byte offset.
    public var rawValue: UInt64

    /// `0/0`: no position.
    public static let zero = LSN(rawValue: 0)

    @inlinable
    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// Reads the text form: two groups of 1 to 8 hexadecimal digits of either case, joined by a slash.
    ///
    /// `nil` for everything else, also for surrounding blanks.
    public init?(_ text: some StringProtocol) {
        var halves: (high: UInt64, low: UInt64) = (0, 0)
        var digits = 0
        var inLowHalf = false
        for unit in text.utf8 {
            if unit == UInt8(ascii: "/") {
                guard !inLowHalf, digits > 0 else { return nil }
                halves.high = halves.low
                halves.low = 0
                digits = 0
                inLowHalf = true
                continue
            }
            guard let digit = hexadecimalValue(of: unit), digits < 8 else { return nil }
            halves.low = halves.low << 4 | UInt64(digit)
            digits += 1
        }
        guard inLowHalf, digits > 0 else { return nil }
        self.init(rawValue: halves.high << 32 | halves.low)
    }

    /// How many bytes of log lie between `other` and this position; 0 when `other` is not before it.
    @inlinable
    public func bytes(since other: LSN) -> UInt64 {
        rawValue > other.rawValue ? rawValue - other.rawValue : 0
    }

    @inlinable
    public static func < (left: LSN, right: LSN) -> Bool {
        left.rawValue < right.rawValue
    }

    public var description: String {
        String(rawValue >> 32, radix: 16, uppercase: true) + "/"
            + String(rawValue & 0xFFFF_FFFF, radix: 16, uppercase: true)
    }
}
