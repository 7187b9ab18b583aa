import Glibc

/// The shape of a log line.
public enum LogFormat: String, Sendable, CaseIterable {
    /// Time, level, message, then `key=value` pairs: for people.
    case text
    /// One JSON object a line: for collectors.
    case json

    /// What is used when nothing is configured: text when standard error is a terminal, JSON otherwise.
    public static var standard: LogFormat {
        isatty(STDERR_FILENO) == 1 ? .text : .json
    }
}
