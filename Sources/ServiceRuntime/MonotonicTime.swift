import Glibc

/// The two clocks of the process.
public enum MonotonicTime {
    /// Nanoseconds of CLOCK_MONOTONIC: for intervals and deadlines, unmoved by changes of the wall clock.
    public static func now() -> Int64 {
        read(CLOCK_MONOTONIC, unitsPerSecond: 1_000_000_000)
    }

    /// Microseconds since 1970-01-01 UTC by the wall clock: for timestamps that leave the process.
    public static func wallClockMicroseconds() -> Int64 {
        read(CLOCK_REALTIME, unitsPerSecond: 1_000_000)
    }

    private static func read(_ clock: clockid_t, unitsPerSecond: Int64) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * unitsPerSecond + Int64(time.tv_nsec) / (1_000_000_000 / unitsPerSecond)
    }
}
