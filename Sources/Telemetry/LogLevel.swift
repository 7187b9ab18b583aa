/// How much a log line matters. A logger drops every line below its own level before it formats anything.
public enum LogLevel: String, Sendable, CaseIterable, Comparable {
    /// Of use only to somebody who looks for a fault.
    case debug
    /// A state was reached: connected, slot created, ready.
    case info
    /// Something needs attention, events still flow.
    case warning = "warn"
    /// Something failed and events do not flow, or one was refused.
    case error

    /// Reads a setting's text, in any letter case: `debug`, `info`, `warn` or `warning`, `error`.
    public init?(name: String) {
        let lowered = name.lowercased()
        if lowered == "warning" {
            self = .warning
        } else {
            self.init(rawValue: lowered)
        }
    }

    public static func < (left: LogLevel, right: LogLevel) -> Bool {
        left.rank < right.rank
    }

    /// The word of the text format, five columns wide so that messages line up.
    var paddedName: StaticString {
        switch self {
        case .debug: "DEBUG"
        case .info: "INFO "
        case .warning: "WARN "
        case .error: "ERROR"
        }
    }

    /// SGR sequence for a terminal.
    var colour: StaticString {
        switch self {
        case .debug: "\u{1B}[2m"
        case .info: "\u{1B}[32m"
        case .warning: "\u{1B}[33m"
        case .error: "\u{1B}[31m"
        }
    }

    private var rank: Int {
        switch self {
        case .debug: 0
        case .info: 1
        case .warning: 2
        case .error: 3
        }
    }
}
