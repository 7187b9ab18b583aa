/// A row's column values, as places in the bytes of the message they came from.
///
/// Nothing is copied: a field is meaningful only together with those bytes, and only as long as they live. A tuple can
/// also be made by hand over any other bytes, for a row that was read by SQL.
public struct TupleData: Sendable {
    /// How a column's value is sent.
    public enum Kind: UInt8, Sendable {
        /// NULL; `start` and `count` are 0.
        case null
        /// An out-of-line value that an UPDATE did not touch and Postgres did not send; `start` and `count` are 0.
        case unchanged
        /// The type's text form, in the client encoding.
        case text
        /// The type's binary form.
        case binary
    }

    /// One column's value.
    public struct Field: Sendable {
        public let kind: Kind
        /// Offset of the value's first byte.
        public let start: Int
        /// Length in bytes.
        public let count: Int

        @inlinable
        public init(kind: Kind, start: Int = 0, count: Int = 0) {
            self.kind = kind
            self.start = start
            self.count = count
        }

        /// A text value at `range`.
        @inlinable
        public static func text(_ range: Range<Int>) -> Field {
            Field(kind: .text, start: range.lowerBound, count: range.count)
        }

        /// NULL.
        public static let null = Field(kind: .null)
    }

    /// The values in the order of the relation's columns.
    public let fields: [Field]

    @inlinable
    public init(fields: [Field]) {
        self.fields = fields
    }

    /// Number of columns.
    public var count: Int {
        @inlinable get { fields.count }
    }

    /// The value of a column; `index` must be in `0..<count`.
    @inlinable
    public subscript(_ index: Int) -> Field {
        fields[index]
    }
}
