import CommandLineKit

/// What is going on, on standard error. Used by one thread.
final class Progress {
    private var line = LiveLine(plainIntervalMilliseconds: 5_000)

    /// Rewrites the live line, now and then.
    func update(_ text: @autoclosure () -> String) { line.update(text()) }

    /// A line that stays.
    func say(_ text: String) { line.print(text) }

    func finish() { line.finish() }
}
