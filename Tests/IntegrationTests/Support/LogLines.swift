import Synchronization

/// Keeps log lines.
final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])

    func add(_ line: [UInt8]) { lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) } }

    var all: [String] { lines.withLock { $0 } }

    func contains(_ text: String) -> Bool { all.contains { $0.contains(text) } }
}
