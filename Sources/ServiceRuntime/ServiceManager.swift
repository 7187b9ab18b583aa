import Glibc

/// The service manager's end of `Type=notify` units: readiness, status lines and the watchdog, by datagrams to the socket that
/// NOTIFY_SOCKET names (sd_notify(3), without libsystemd).
public struct ServiceManager: Sendable {
    /// How long the manager waits between two `WATCHDOG=1` before it restarts the service; half of it is a fitting interval.
    /// Nil when the unit has no watchdog or it is meant for another process (WATCHDOG_USEC, WATCHDOG_PID).
    public let watchdogIntervalMicroseconds: Int64?
    private let path: String

    /// Nil when no manager asked to be told: NOTIFY_SOCKET is unset, or is neither a path nor an `@abstract` name, or is too long.
    public init?(environment: [String: String]) {
        guard let path = environment["NOTIFY_SOCKET"], path.count > 1, path.hasPrefix("/") || path.hasPrefix("@"),
            path.utf8.count < MemoryLayout.size(ofValue: sockaddr_un().sun_path)
        else { return nil }
        self.path = path
        let process = environment["WATCHDOG_PID"].map { Int32($0) }
        let isOurs = process == nil || process == getpid()
        watchdogIntervalMicroseconds =
            isOurs ? environment["WATCHDOG_USEC"].flatMap { Int64($0) }.flatMap { $0 > 0 ? $0 : nil } : nil
    }

    /// Sends one state, or several separated by newlines: `READY=1`, `STOPPING=1`, `WATCHDOG=1`, `STATUS=...`.
    ///
    /// Callable from any thread; never blocks. Returns false when the datagram could not be handed over, which is no reason to stop
    /// serving.
    @discardableResult
    public func notify(_ state: String) -> Bool {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { field in
            field.copyBytes(from: path.utf8)
            // An abstract name begins with a NUL, which the variable cannot hold, so it is written as "@".
            if path.hasPrefix("@") { field[0] = 0 }
        }
        let fieldOffset = MemoryLayout.offset(of: \sockaddr_un.sun_path) ?? 2
        let length = socklen_t(fieldOffset + path.utf8.count + (path.hasPrefix("@") ? 0 : 1))
        let bytes = Array(state.utf8)
        let sent = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT), $0, length)
            }
        }
        return sent == bytes.count
    }
}
