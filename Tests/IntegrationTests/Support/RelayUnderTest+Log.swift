import Drills
import Foundation
import TestSupport

/// One line of a relay's JSON log.
struct LogLine: CustomStringConvertible {
    let fields: [String: Any]
    let description: String

    init?(_ text: some StringProtocol) {
        guard let fields = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] else { return nil }
        self.fields = fields
        description = String(text)
    }

    var message: String { text("msg") ?? "" }
    var level: String { text("level") ?? "" }

    func text(_ key: String) -> String? { fields[key] as? String }
    func number(_ key: String) -> Int? { fields[key] as? Int }
}

extension RelayUnderTest {
    /// The lines of its log, or those with this message.
    func lines(_ message: String? = nil) -> [LogLine] {
        logText.split(separator: "\n").compactMap { LogLine($0) }.filter { message == nil || $0.message == message }
    }

    /// Warnings and errors.
    var complaints: [LogLine] { lines().filter { $0.level == "warning" || $0.level == "error" || $0.level == "warn" } }
}
