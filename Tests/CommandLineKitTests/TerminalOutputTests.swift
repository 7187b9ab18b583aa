import CommandLineKit
import Synchronization
import Testing

struct TerminalOutputTests {
    @Test func `a table aligns wide characters and shows controls as escapes`() {
        var table = Table([("topic", .left), ("events", .right), ("note", .left)])
        table.append(["order.events", "12", "ok"])
        table.append(["주문", "3", "a\u{1B}[2Jb\n"])
        table.append(["x"])
        #expect(
            table.render() == """
                topic         events  note
                order.events      12  ok
                주문               3  a\\u{1b}[2Jb\\n
                x

                """)
        #expect(!table.isEmpty)
    }

    @Test func `a table styles cells without moving the columns`() {
        var table = Table(["", ""])
        table.append(["ok", "a"])
        table.append(["fail", "b"])
        let style = TextStyle(enabled: true)
        let text = table.render { text, row, column in column == 0 && row == 0 ? style.good(text) : text }
        #expect(text == "\u{1B}[32mok\u{1B}[0m    a\nfail  b\n")
        #expect(TextStyle(enabled: false).bad("x") == "x")
    }

    @Test(arguments: [("abc", 3, "abc"), ("abcd", 3, "ab…"), ("주문이", 5, "주문…"), ("주문이", 4, "주…"), ("abc", 0, "")])
    func `text is cut to columns`(text: String, limit: Int, expected: String) {
        #expect(TerminalText.truncated(text, to: limit) == expected)
    }

    private final class Sink: Sendable {
        let text = Mutex("")
        func write(_ more: String) { text.withLock { $0 += more } }
        var value: String { text.withLock { $0 } }
    }

    private func line(_ sink: Sink, interactive: Bool, plain: Int64? = nil) -> LiveLine {
        LiveLine(
            isInteractive: interactive, columns: { 11 }, intervalMilliseconds: 100, plainIntervalMilliseconds: plain,
            write: sink.write)
    }

    @Test func `a live line is rewritten in place, not too often, and cut to the window`() {
        let sink = Sink()
        var live = line(sink, interactive: true)
        live.update("one", now: 0)
        live.update("two", now: 99_999_999)
        live.update("three and a half", now: 100_000_000)
        live.print("a note")
        live.finish("done")
        #expect(sink.value == "\rone\u{1B}[K\rthree and…\u{1B}[K\r\u{1B}[Ka note\ndone\n")
    }

    @Test func `elsewhere a live line prints plain lines, or nothing`() {
        let plain = Sink()
        var live = line(plain, interactive: false, plain: 1000)
        for second in 0...2 { live.update("at \(second)", now: Int64(second) * 600_000_000) }
        live.finish("end")
        #expect(plain.value == "at 0\nat 2\nend\n")

        let silent = Sink()
        var nothing = line(silent, interactive: false)
        nothing.update("x", now: 0)
        nothing.finish()
        #expect(silent.value.isEmpty)
    }

    private static let answers: [(Bool, String?, Bool, Bool?)] = [
        (true, "n", true, true), (false, nil, true, true), (true, "y", false, true), (true, " YES \n", false, true),
        (true, "", false, false), (true, nil, false, false), (true, "yeah", false, false), (false, "y", false, nil),
    ]

    @Test(arguments: answers)
    func `destroying needs a yes`(interactive: Bool, answer: String?, assumeYes: Bool, expected: Bool?) throws {
        let sink = Sink()
        let confirmation = Confirmation(isInteractive: interactive, readAnswer: { answer }, write: sink.write)
        guard let expected else {
            let error = try #require(throws: Confirmation.NeedsYes.self) {
                try confirmation.ask("Drop it?", assumeYes: assumeYes)
            }
            #expect(error.description == "Drop it? Not on a terminal: repeat the command with --yes to do it.")
            return
        }
        #expect(try confirmation.ask("Drop it?", assumeYes: assumeYes) == expected)
        #expect(sink.value == (assumeYes ? "" : "Drop it? [y/N] "))
    }

    @Test func `a pipe is no terminal`() {
        #expect(!Terminal.isInteractive(-1))
        #expect(Terminal.width(-1) >= 20)
        #expect(!Terminal.write("x", to: -1))
    }
}
