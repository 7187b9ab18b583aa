import Glibc
import LocalServers
import ServiceRuntime

/// Waits for the processors to come to rest, so that what was started or written just now, or is somebody else's, does not share
/// the measurement.
enum MachineRest {
    private static let restful = 0.15

    /// Returns the share of all processors that was busy in the last half second, 0 to 1: as soon as it is small, or when the time
    /// is over.
    static func wait(seconds: Int, stop: StopSignal, progress: Progress) throws -> Double {
        let deadline = MonotonicTime.now() + Int64(seconds) * 1_000_000_000
        while true {
            let before = ticks()
            usleep(500_000)
            let after = ticks()
            let total = after.all - before.all
            let busy = total > 0 ? 1 - Double(after.idle - before.idle) / Double(total) : 0
            if busy < restful || MonotonicTime.now() >= deadline { return busy }
            if stop.isSet { throw BenchError.interrupted }
            progress.update("waiting for the machine to come to rest: \(Figures.decimal(busy * 100, 0)) % busy")
        }
    }

    /// Of all processors since the start of the system (proc(5), the line `cpu` of /proc/stat): idle includes waiting for disks.
    private static func ticks() -> (all: Int, idle: Int) {
        let line = (TextFile.read("/proc/stat") ?? "").split(separator: "\n").first ?? ""
        let numbers = line.split(separator: " ").dropFirst().prefix(8).compactMap { Int($0) }
        guard numbers.count > 4 else { return (0, 0) }
        return (numbers.reduce(0, +), numbers[3] + numbers[4])
    }
}
