import CLibPQ

/// The rows of one statement, in text format. Owns its `PGresult`; belongs to the thread that made it.
public final class QueryResult {
    private let result: OpaquePointer

    init(owning result: OpaquePointer) { self.result = result }

    deinit { PQclear(result) }

    public var rowCount: Int { Int(PQntuples(result)) }
    public var columnCount: Int { Int(PQnfields(result)) }
    public var columnNames: [String] { (0..<PQnfields(result)).map { String(cString: PQfname(result, $0)) } }

    /// The type OID of a column.
    public func columnType(_ column: Int) -> UInt32 { PQftype(result, Int32(column)) }

    /// Rows changed by INSERT, UPDATE or DELETE; 0 for anything else.
    public var affectedRows: Int {
        guard let text = PQcmdTuples(result) else { return 0 }
        return Int(String(cString: text)) ?? 0
    }

    public func isNull(_ row: Int, _ column: Int) -> Bool { PQgetisnull(result, Int32(row), Int32(column)) != 0 }

    /// The value as text; nil for NULL.
    public func text(_ row: Int, _ column: Int) -> String? {
        guard PQgetisnull(result, Int32(row), Int32(column)) == 0, let value = PQgetvalue(result, Int32(row), Int32(column))
        else { return nil }
        return String(cString: value)
    }

    public func integer(_ row: Int, _ column: Int) -> Int64? { text(row, column).flatMap { Int64($0) } }

    public func boolean(_ row: Int, _ column: Int) -> Bool? { text(row, column).map { $0 == "t" } }

    /// The bytes of a value, valid while this result lives; nil for NULL.
    public func bytes(_ row: Int, _ column: Int) -> UnsafeRawBufferPointer? {
        guard PQgetisnull(result, Int32(row), Int32(column)) == 0, let value = PQgetvalue(result, Int32(row), Int32(column))
        else { return nil }
        return UnsafeRawBufferPointer(start: value, count: Int(PQgetlength(result, Int32(row), Int32(column))))
    }

    /// The first value of the first row.
    public var scalar: String? { rowCount > 0 && columnCount > 0 ? text(0, 0) : nil }
}

/// A parameter of a statement, in text format; the statement's casts give it its type.
public enum QueryParameter: ExpressibleByStringLiteral, Sendable {
    case null
    case text(String)
    /// UTF-8 text without a NUL byte, for long values built as bytes.
    case bytes([UInt8])

    public init(stringLiteral value: String) { self = .text(value) }

    public static func optional(_ text: String?) -> QueryParameter { text.map(QueryParameter.text) ?? .null }

    public static func integer(_ value: some BinaryInteger) -> QueryParameter { .text(String(value)) }
}
