import Glibc
import RelayOperations

/// The variables that would lead the demo's programs away from its own servers.
public enum DemoEnvironment {
    /// The absolute path of this program; its bare name when the kernel does not tell.
    public static var programPath: String {
        guard let path = realpath("/proc/self/exe", nil) else { return "outbox-relay" }
        defer { free(path) }
        return String(cString: path)
    }

    /// Removes them from this process, for itself and for all that it starts: libpq's (PGHOST, PGSSLMODE, ...), the relay's, and those
    /// that the relay understands in their place. To be called before there is any thread that reads variables.
    public static func clear() {
        let aliases = ["DATABASE_CONN", "POLL_INTERVAL_SECONDS", "BATCH_SIZE", "NOTIFY_SOCKET", "WATCHDOG_USEC"]
        let kafka = ["BOOTSTRAP_SERVERS", "USER", "PASSWORD", "SASL_MECHANISM", "SECURITY_PROTOCOL"].map { "KAFKA_" + $0 }
        for name in ProcessEnvironment.all.keys
        where name.hasPrefix("PG") || name.hasPrefix("OUTBOX_") || (aliases + kafka).contains(name) {
            unsetenv(name)
        }
    }
}
