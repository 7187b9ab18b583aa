import LocalServers

/// What the kernel says about a process's memory (proc(5)).
enum ProcessMemory {
    /// The most it ever had resident, in bytes (VmHWM); nil once it has ended.
    static func peak(_ pid: Int32) -> Int? {
        guard let line = TextFile.read("/proc/\(pid)/status")?.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") })
        else { return nil }
        return line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) }.map { $0 * 1_024 }
    }
}
