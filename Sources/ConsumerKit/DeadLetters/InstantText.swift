/// Instants as text: ISO 8601, UTC, microseconds. Pure.
enum InstantText {
    /// - Parameter time: microseconds since 1970.
    static func text(_ time: Int64) -> String {
        let day = CivilDay.number(ofMicroseconds: time)
        let ofDay = time - day * 86_400_000_000
        func padded(_ value: Int64, _ width: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
        }
        return CivilDay.text(day) + "T" + padded(ofDay / 3_600_000_000, 2) + ":" + padded(ofDay / 60_000_000 % 60, 2) + ":"
            + padded(ofDay / 1_000_000 % 60, 2) + "." + padded(ofDay % 1_000_000, 6) + "Z"
    }
}
