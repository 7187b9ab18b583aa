import Glibc

/// The signals by which a service is told something.
public enum ServiceSignal: Hashable, Sendable, CaseIterable {
    /// SIGINT: Ctrl-C on a terminal.
    case interrupt
    /// SIGTERM: the service manager wants the process to end.
    case terminate
    /// SIGHUP: the terminal is gone, or a daemon is asked to read its files again.
    case hangup

    /// The signal's number.
    public var number: Int32 {
        switch self {
        case .interrupt: SIGINT
        case .terminate: SIGTERM
        case .hangup: SIGHUP
        }
    }
}
