/// The value of one log field. Literals and interpolations convert by themselves: `[.topic: "orders", .count: 3]`.
public enum LogValue: Sendable, Equatable {
    case string(String)
    case integer(Int64)
    case double(Double)
    case bool(Bool)

    /// A field from an integer of any width; one beyond Int64 is clamped to its range.
    public static func int(_ value: some BinaryInteger) -> LogValue {
        .integer(Int64(clamping: value))
    }

    /// A field from anything that describes itself, such as an LSN.
    public static func describing(_ value: some CustomStringConvertible) -> LogValue {
        .string(value.description)
    }
}

extension LogValue: ExpressibleByStringInterpolation {
    public init(stringLiteral value: String) {
        self = .string(value)
    }
}

extension LogValue: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: Int64) {
        self = .integer(value)
    }
}

extension LogValue: ExpressibleByFloatLiteral {
    public init(floatLiteral value: Double) {
        self = .double(value)
    }
}

extension LogValue: ExpressibleByBooleanLiteral {
    public init(booleanLiteral value: Bool) {
        self = .bool(value)
    }
}
