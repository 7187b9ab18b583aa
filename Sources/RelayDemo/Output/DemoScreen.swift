import CommandLineKit
import Glibc
import ServiceRuntime
import Synchronization

/// What the demo shows to people: steps with their time, a live line, blocks of text. Usable on every thread.
final class DemoScreen: Sendable {
    let style: TextStyle
    private let line: Mutex<LiveLine>
    private let isInteractive: Bool
    private let begin = MonotonicTime.now()

    /// - Parameter descriptor: standard output, or standard error when the former is for programs.
    init(_ descriptor: Int32) {
        style = TextStyle(enabled: Terminal.hasColors(descriptor))
        isInteractive = Terminal.isInteractive(descriptor)
        line = Mutex(
            LiveLine(
                isInteractive: Terminal.isInteractive(descriptor), columns: { Terminal.width(descriptor) },
                intervalMilliseconds: 100,
                plainIntervalMilliseconds: 2_000, write: { _ = Terminal.write($0, to: descriptor) }))
    }

    /// Time since the start.
    var elapsed: String { NumberText.seconds(nanoseconds: MonotonicTime.now() - begin) }

    /// Lines that stay. The text's last newline is ours to write.
    func print(_ text: String = "") { line.withLock { $0.print(text) } }

    /// A heading with an empty line before it.
    func heading(_ text: String) { print("\n" + style.strong(text)) }

    /// Something that is done, with the time since the start.
    func step(_ name: String, _ fact: String) {
        let blanks = String(repeating: " ", count: max(1, 12 - name.count))
        print("  \(style.quiet(NumberText.padded(elapsed, 6)))  \(name)\(blanks)\(fact)")
    }

    /// Something that is being waited for; shown on a terminal only.
    func waiting(_ text: String) {
        guard isInteractive else { return }
        line.withLock { $0.update("  \(NumberText.padded(elapsed, 6))  \(text)") }
    }

    /// Progress: rewritten in place on a terminal, a line every two seconds elsewhere.
    func progress(_ text: String) { line.withLock { $0.update(text) } }

    /// Says that everything is being stopped, in the live line's place.
    func stopping() {
        finish()
        waiting("stopping")
    }

    /// Takes the live line away; the last state of it stays when it is given.
    func finish(_ text: String? = nil) { line.withLock { $0.finish(text) } }
}
