internal import ServiceRuntime
internal import Synchronization
internal import Telemetry

/// Brings librdkafka's own log lines into our log: constant message, facility and text as fields, secrets replaced. Called by
/// librdkafka's threads.
final class LogBridge: Sendable {
    let logger: Logger
    private let redaction: SecretRedaction
    private let notices = Mutex(ConnectionNotices())

    init(logger: Logger, redaction: SecretRedaction) {
        self.logger = logger
        self.redaction = redaction
    }

    /// - Parameter level: syslog's, 0 (emergency) to 7 (debug).
    func write(level: Int32, facility: String, text: String) {
        let isConnectionTrouble = ConnectionNotices.isAboutConnections(facility: facility)
        // A remark about our own choice of properties, at every new client: nothing an operator could act on.
        let isRemark = facility == "CONFWARN" && text.contains(" is experimental")
        let ours = isRemark ? .debug : Self.level(of: level, isConnectionTrouble: isConnectionTrouble)
        guard logger.isEnabled(ours) else { return }
        let shown = redaction.apply(text)
        if isConnectionTrouble {
            let now = MonotonicTime.now() / 1_000_000
            guard notices.withLock({ $0.admits(facility: facility, text: shown, nowMilliseconds: now) }) else { return }
        }
        logger.log(ours, "librdkafka", [.facility: .string(facility), .text: .string(shown)])
    }

    func redacted(_ text: String) -> String {
        redaction.apply(text)
    }

    /// The brokers answer: the next trouble is news again.
    func noteSuccess() {
        notices.withLock { $0.forget() }
    }

    /// librdkafka calls every lost connection an error; it mends them itself, so for us they are warnings.
    static func level(of syslog: Int32, isConnectionTrouble: Bool) -> LogLevel {
        switch syslog {
        case ...3: isConnectionTrouble ? .warning : .error
        case 4: .warning
        case 5, 6: .info
        default: .debug
        }
    }
}
