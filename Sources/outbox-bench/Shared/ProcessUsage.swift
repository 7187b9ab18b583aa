import CommandLineKit
import Glibc
import LocalServers

/// What a running process has used so far, as the kernel counts it (proc(5)).
struct ProcessUsage {
    let userSeconds: Double
    let systemSeconds: Double
    /// Most memory it ever had resident, bytes (VmHWM).
    let peakResident: Int

    var cpuSeconds: Double { userSeconds + systemSeconds }

    /// What a process has in memory now.
    struct Memory {
        /// Bytes.
        let resident: Int
        /// The same, with its share of what it has in common with others, bytes.
        let proportional: Int
    }

    /// Nil when the process is gone.
    static func memory(of pid: Int32) -> Memory? {
        guard let text = TextFile.read("/proc/\(pid)/smaps_rollup") else { return nil }
        func bytes(_ name: String) -> Int? {
            let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
            return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
        }
        guard let resident = bytes("Rss:"), let proportional = bytes("Pss:") else { return nil }
        return Memory(resident: resident, proportional: proportional)
    }

    /// Nil when the process is gone.
    static func of(_ pid: Int32) -> ProcessUsage? {
        guard let stat = TextFile.read("/proc/\(pid)/stat"), let end = stat.lastIndex(of: ")"),
            let status = TextFile.read("/proc/\(pid)/status")
        else { return nil }
        // Fields 14 and 15; the first after the name is field 3.
        let fields = stat[end...].dropFirst(2).split(separator: " ")
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return nil }
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        let peak = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }?.split(whereSeparator: {
            $0 == " " || $0 == "\t"
        })
        let kibibytes = peak.flatMap { $0.count > 1 ? Int($0[1]) : nil } ?? 0
        return ProcessUsage(userSeconds: user / ticks, systemSeconds: system / ticks, peakResident: kibibytes * 1024)
    }
}
