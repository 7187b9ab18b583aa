import Glibc

/// What the kernel knows about this process, under the names every Prometheus client uses.
///
/// The facts are in proc(5): statm counts pages, the 22nd field of stat is the start in clock ticks after boot, and btime of
/// /proc/stat is the boot in Unix seconds.
public enum ProcessMetrics {
    /// Registers process_resident_memory_bytes, process_cpu_seconds_total, process_start_time_seconds, process_open_fds and
    /// process_max_fds. Each is read when it is rendered; one that cannot be read is NaN.
    public static func register(in registry: MetricRegistry) {
        registry.sampledGauge("process_resident_memory_bytes", help: "Resident memory size in bytes.") {
            residentBytes() ?? .nan
        }
        registry.sampledCounter("process_cpu_seconds_total", help: "Total user and system CPU time spent in seconds.") {
            cpuSeconds() ?? .nan
        }
        let start = startTime() ?? .nan
        registry.sampledGauge(
            "process_start_time_seconds", help: "Start time of the process since unix epoch in seconds."
        ) { start }
        registry.sampledGauge("process_open_fds", help: "Number of open file descriptors.") {
            openDescriptors() ?? .nan
        }
        registry.sampledGauge("process_max_fds", help: "Maximum number of open file descriptors.") {
            descriptorLimit() ?? .nan
        }
    }

    private static func residentBytes() -> Double? {
        guard let fields = read("/proc/self/statm")?.split(separator: " "), fields.count > 1 else { return nil }
        return Double(fields[1]).map { $0 * Double(sysconf(Int32(_SC_PAGESIZE))) }
    }

    private static func cpuSeconds() -> Double? {
        var usage = rusage()
        guard getrusage(RUSAGE_SELF.rawValue, &usage) == 0 else { return nil }
        let seconds = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
        let microseconds = usage.ru_utime.tv_usec + usage.ru_stime.tv_usec
        return Double(seconds) + Double(microseconds) / 1_000_000
    }

    private static func startTime() -> Double? {
        // The second field, the command's name in parentheses, may hold blanks and parentheses itself.
        guard let stat = read("/proc/self/stat"), let nameEnd = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: nameEnd)...].split(separator: " ")
        let boot = read("/proc/stat")?.split(separator: "\n").first { $0.hasPrefix("btime ") }?.dropFirst(6)
        guard fields.count > 19, let ticks = Double(fields[19]), let boot, let bootSeconds = Double(boot) else { return nil }
        return bootSeconds + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    private static func openDescriptors() -> Double? {
        guard let directory = opendir("/proc/self/fd") else { return nil }
        defer { closedir(directory) }
        var entries = 0
        while readdir(directory) != nil {
            entries += 1
        }
        // Without ".", ".." and the descriptor of this very reading.
        return Double(max(0, entries - 3))
    }

    private static func descriptorLimit() -> Double? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        return limit.rlim_cur == rlim_t.max ? .infinity : Double(limit.rlim_cur)
    }

    private static func read(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var contents: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count > 0 {
                contents.append(contentsOf: chunk[..<count])
            } else if count == 0 {
                return String(decoding: contents, as: UTF8.self)
            } else if errno != EINTR {
                return nil
            }
        }
    }
}
