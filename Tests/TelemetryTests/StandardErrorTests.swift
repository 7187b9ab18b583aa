import Foundation
import Telemetry
import Testing

/// Each test runs in a process of its own, because standard error belongs to the process.
@Suite struct StandardErrorTests {
    @Test func `lines go to standard error, whole and without colour when it is no terminal`() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
            let logger = Logger(level: .info, format: .text)
            DispatchQueue.concurrentPerform(iterations: 200) { logger.info("line", [.count: .int($0)]) }
        }
        let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
        let lines = text.split(separator: "\n").filter { $0.contains(" INFO  line count=") }
        #expect(Set(lines.compactMap { $0.split(separator: "=").last.flatMap { Int($0) } }) == Set(0..<200))
        #expect(!text.contains("\u{1B}"))
    }

    @Test func `a broken standard error never ends the process`() async {
        await #expect(processExitsWith: .exitCode(7)) {
            var ends: [Int32] = [0, 0]
            pipe(&ends)
            dup2(ends[1], STDERR_FILENO)
            close(ends[0])
            close(ends[1])
            signal(SIGPIPE, SIG_DFL)
            let logger = Logger(level: .info, format: .json)
            for _ in 0..<100 {
                logger.error("nobody reads this")
            }
            var pending = sigset_t()
            sigpending(&pending)
            exit(sigismember(&pending, SIGPIPE) == 0 ? 7 : 1)
        }
    }

    @Test func `a closed standard error is ignored`() async {
        await #expect(processExitsWith: .exitCode(7)) {
            close(STDERR_FILENO)
            Logger(level: .info, format: .json).error("nobody reads this")
            exit(7)
        }
    }
}
