/// Lengths of time as operators write them.
public enum TimeSpan {
    /// Reads `90s`, `5m` or `1h30m`, in µs; nil for anything else.
    public static func parse(_ text: String) -> Int64? { TimePoint.span(text) }
}
