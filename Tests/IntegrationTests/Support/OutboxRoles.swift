import Drills
import Foundation

/// The project's `sql/roles.sql`.
enum OutboxRoles {
    static let statements: String = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return (try? String(contentsOf: root.appending(path: "sql/roles.sql"), encoding: .utf8)) ?? ""
    }()
}
