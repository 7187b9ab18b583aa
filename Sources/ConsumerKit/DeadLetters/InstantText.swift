/// Instants as text: ISO 8601, UTC. Pure.
public enum InstantText {
    /// `2026-11-21T09:15:00.123456Z`.
    ///
    /// - Parameter time: microseconds since 1970.
    public static func text(_ time: Int64) -> String {
        let ofDay = ofDay(time)
        return seconds(time, ofDay) + "." + CivilDay.padded(ofDay % 1_000_000, 6) + "Z"
    }

    /// `2026-11-21T09:15:00.123Z`: finer digits are dropped.
    ///
    /// - Parameter time: microseconds since 1970.
    public static func milliseconds(_ time: Int64) -> String {
        let ofDay = ofDay(time)
        return seconds(time, ofDay) + "." + CivilDay.padded(ofDay / 1_000 % 1_000, 3) + "Z"
    }

    private static func ofDay(_ time: Int64) -> Int64 {
        let rest = time % CivilDay.microseconds
        return rest < 0 ? rest + CivilDay.microseconds : rest
    }

    private static func seconds(_ time: Int64, _ ofDay: Int64) -> String {
        let clock = [ofDay / 3_600_000_000, ofDay / 60_000_000 % 60, ofDay / 1_000_000 % 60].map { CivilDay.padded($0, 2) }
        return CivilDay.text(CivilDay.number(ofMicroseconds: time)) + "T" + clock.joined(separator: ":")
    }
}
