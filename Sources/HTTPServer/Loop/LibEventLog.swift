import CLibEvent
import Glibc
import ServiceRuntime
import Synchronization
import Telemetry

/// Leads libevent's own messages into our log. libevent has one log callback for the whole process, so the logger of the
/// server that was made last gets them.
enum LibEventLog {
    private static let logger = Mutex(Logger.disabled)
    private static let nextAcceptWarning = Atomic<Int64>(0)

    /// Setting libevent's callback is not thread-safe: a lazy static does it once.
    private static let installed: Void = event_set_log_callback { severity, message in
        guard severity >= EVENT_LOG_WARN, let message else { return }
        LibEventLog.warn(String(cString: message))
    }

    static func install(_ newLogger: Logger) {
        logger.withLock { $0 = newLogger }
        _ = installed
    }

    /// Reports a failed accept with its errno, at most once a minute: it fails again and again while descriptors are short.
    static func warnAcceptFailed(_ error: SystemError) {
        let now = MonotonicTime.now()
        let next = nextAcceptWarning.load(ordering: .relaxed)
        guard now >= next else { return }
        let claim = nextAcceptWarning.compareExchange(expected: next, desired: now + 60_000_000_000, ordering: .relaxed)
        guard claim.exchanged else { return }
        logger.withLock { $0 }.warning("connection not accepted", [.error: .describing(error)])
    }

    private static func warn(_ message: String) {
        logger.withLock { $0 }.warning("event library warning", [.errorDetail: .string(message)])
    }
}
