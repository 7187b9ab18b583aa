/// Postgres' wire time, microseconds since 2000-01-01 00:00 UTC, against Unix time in microseconds.
///
/// Both directions saturate: a time from the wire is any 64-bit number.
public enum PostgresTime {
    /// 2000-01-01 00:00 UTC in Unix microseconds.
    public static let epochUnixMicroseconds: Int64 = 946_684_800_000_000

    @inlinable
    public static func unixMicroseconds(fromPostgres time: Int64) -> Int64 {
        let (sum, overflow) = time.addingReportingOverflow(946_684_800_000_000)
        return overflow ? .max : sum
    }

    @inlinable
    public static func postgres(fromUnixMicroseconds time: Int64) -> Int64 {
        let (difference, overflow) = time.subtractingReportingOverflow(946_684_800_000_000)
        return overflow ? .min : difference
    }
}
