internal import Glibc

/// One line of progress that is rewritten in place on a terminal, and elsewhere printed now and then or not at all.
///
/// A value owned by the one thread that reports; nothing else may write to the descriptor between `update` and `finish`
/// except through `print`.
public struct LiveLine {
    private let isInteractive: Bool
    private let columns: () -> Int
    private let write: (String) -> Void
    private let interval: Int64
    private var lastWritten: Int64?
    private var isShowing = false

    /// Shows progress on standard error.
    /// - Parameters:
    ///   - intervalMilliseconds: shortest time between two rewritings on a terminal.
    ///   - plainIntervalMilliseconds: shortest time between two lines elsewhere; nil prints nothing there.
    public init(intervalMilliseconds: Int64 = 100, plainIntervalMilliseconds: Int64? = nil) {
        self.init(
            isInteractive: Terminal.isInteractive(STDERR_FILENO), columns: { Terminal.width(STDERR_FILENO) },
            intervalMilliseconds: intervalMilliseconds, plainIntervalMilliseconds: plainIntervalMilliseconds,
            write: Terminal.printError)
    }

    /// The same on any output.
    /// - Parameter columns: asked at every rewriting, because windows change their size.
    public init(
        isInteractive: Bool, columns: @escaping () -> Int, intervalMilliseconds: Int64, plainIntervalMilliseconds: Int64?,
        write: @escaping (String) -> Void
    ) {
        self.isInteractive = isInteractive
        self.columns = columns
        self.write = write
        let milliseconds = isInteractive ? intervalMilliseconds : plainIntervalMilliseconds
        interval = milliseconds.map { $0 * 1_000_000 } ?? Int64.max
    }

    /// Shows `text` unless the last time is too near.
    /// - Parameter now: monotonic nanoseconds; nil reads the clock.
    public mutating func update(_ text: @autoclosure () -> String, now: Int64? = nil) {
        guard interval != Int64.max else { return }
        let now = now ?? Self.monotonicNanoseconds()
        if let lastWritten, now - lastWritten < interval { return }
        lastWritten = now
        show(text())
    }

    /// Prints a line that stays, above the live one.
    public mutating func print(_ text: String) {
        clear()
        write(text + "\n")
    }

    /// Ends the live line, leaving `text` in its place when given; elsewhere than on a terminal it is printed as a line.
    public mutating func finish(_ text: String? = nil) {
        clear()
        lastWritten = nil
        if let text { write(text + "\n") }
    }

    private mutating func clear() {
        // Carriage return and "erase to the end of the line" (ECMA-48 EL).
        if isShowing { write("\r\u{1B}[K") }
        isShowing = false
    }

    private mutating func show(_ text: String) {
        guard isInteractive else {
            write(text + "\n")
            return
        }
        // A full last column would wrap and leave half a line behind.
        write("\r" + TerminalText.truncated(text, to: columns() - 1) + "\u{1B}[K")
        isShowing = true
    }

    private static func monotonicNanoseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
