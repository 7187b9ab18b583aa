import Glibc

/// Writes log lines of constant text plus keys. A small value: copy it into whatever logs; usable on every thread.
///
/// Nothing is formatted, and the fields are not even built, when the line's level is below the logger's. Lines never
/// carry payloads, Kafka message keys or secrets.
public struct Logger: Sendable {
    /// The lowest level that is written.
    public let level: LogLevel
    public let format: LogFormat
    private let coloured: Bool
    private let sink: @Sendable ([UInt8]) -> Void
    private let clock: @Sendable () -> Int64

    /// - Parameters:
    ///   - level: the lowest level that is written.
    ///   - format: text or JSON lines.
    ///   - sink: takes each finished line with its newline, on the thread that logs. nil: standard error, one write(2) a
    ///     line, a broken pipe ignored; in text format with colour when it is a terminal and NO_COLOR is unset or empty.
    ///   - clock: milliseconds since 1970-01-01T00:00:00Z for the line's timestamp. nil: the wall clock.
    public init(
        level: LogLevel, format: LogFormat, sink: (@Sendable ([UInt8]) -> Void)? = nil,
        clock: (@Sendable () -> Int64)? = nil
    ) {
        self.level = level
        self.format = format
        self.coloured = sink == nil && format == .text && Self.standardErrorTakesColour()
        self.sink = sink ?? StandardErrorSink.write
        self.clock = clock ?? UTCTimestamp.now
    }

    /// Drops every line that it is given.
    public static let disabled = Logger(level: .error, format: .text, sink: { _ in })

    /// True when a line of this level is written: for callers whose fields are costly to gather beforehand.
    public func isEnabled(_ level: LogLevel) -> Bool {
        level >= self.level
    }

    public func debug(_ message: StaticString, _ fields: @autoclosure () -> LogFields = [:]) {
        log(.debug, message, fields())
    }

    public func info(_ message: StaticString, _ fields: @autoclosure () -> LogFields = [:]) {
        log(.info, message, fields())
    }

    public func warning(_ message: StaticString, _ fields: @autoclosure () -> LogFields = [:]) {
        log(.warning, message, fields())
    }

    public func error(_ message: StaticString, _ fields: @autoclosure () -> LogFields = [:]) {
        log(.error, message, fields())
    }

    /// Writes one line at a level chosen by the caller.
    public func log(_ level: LogLevel, _ message: StaticString, _ fields: @autoclosure () -> LogFields = [:]) {
        guard level >= self.level else { return }
        let line = LogLine(milliseconds: clock(), level: level, message: message, fields: fields())
        sink(line.render(format, coloured: coloured))
    }

    private static func standardErrorTakesColour() -> Bool {
        guard isatty(STDERR_FILENO) == 1 else { return false }
        if let refused = getenv("NO_COLOR"), refused.pointee != 0 { return false }
        if let terminal = getenv("TERM"), strcmp(terminal, "dumb") == 0 { return false }
        return true
    }
}
