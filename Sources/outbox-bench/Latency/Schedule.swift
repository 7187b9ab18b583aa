import Glibc
import ServiceRuntime

/// When each event is due: number `n` at the start plus n divided by the rate.
struct Schedule: Sendable {
    /// Monotonic ns.
    let start: Int64
    /// Events a second.
    let rate: Int

    func due(_ number: Int) -> Int64 { start + Int64(number) * 1_000_000_000 / Int64(rate) }

    /// Sleeps until the event is due; returns at once when it is late.
    func wait(for number: Int) {
        let due = due(number)
        guard due > MonotonicTime.now() else { return }
        var time = timespec(tv_sec: Int(due / 1_000_000_000), tv_nsec: Int(due % 1_000_000_000))
        while clock_nanosleep(CLOCK_MONOTONIC, Int32(TIMER_ABSTIME), &time, nil) == EINTR {}
    }
}
