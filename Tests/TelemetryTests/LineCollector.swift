import Synchronization
import Telemetry

/// A sink that keeps the lines, and loggers that write to it at a fixed time.
final class LineCollector: Sendable {
    private let collected = Mutex<[String]>([])

    var lines: [String] {
        collected.withLock { $0 }
    }

    func logger(_ format: LogFormat, level: LogLevel = .debug, milliseconds: Int64 = 1_795_226_584_567) -> Logger {
        Logger(
            level: level, format: format,
            sink: { line in self.collected.withLock { $0.append(String(decoding: line, as: UTF8.self)) } },
            clock: { milliseconds })
    }

    func wallClockLogger() -> Logger {
        Logger(
            level: .info, format: .text,
            sink: { line in self.collected.withLock { $0.append(String(decoding: line, as: UTF8.self)) } })
    }
}
