/// The value of one hexadecimal digit of either case; `nil` for any other byte.
@inlinable
public func hexadecimalValue(of unit: UInt8) -> UInt8? {
    switch unit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): unit &- UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): unit &- UInt8(ascii: "a") &+ 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): unit &- UInt8(ascii: "A") &+ 10
    default: nil
    }
}
