/// One numbered migration: a pair of SQL files `NNN_name.up.sql` and `NNN_name.down.sql`.
public struct Migration: Equatable, Sendable {
    public let version: Int
    /// `outbox_events`.
    public let name: String
    /// Applies it; plain names, for a search_path of one schema.
    public let up: [UInt8]
    /// Takes it back; nil when there is no such file.
    public let down: [UInt8]?

    public init(version: Int, name: String, up: [UInt8], down: [UInt8]?) {
        self.version = version
        self.name = name
        self.up = up
        self.down = down
    }

    /// "001 outbox_events".
    public var title: String { Self.title(version, name) }

    static func title(_ version: Int, _ name: String) -> String {
        let digits = String(version)
        return String(repeating: "0", count: max(0, 3 - digits.utf8.count)) + digits + " " + name
    }

    /// Whether `--only` means this one: its name, with or without `outbox_` before it.
    func matches(_ only: String?) -> Bool { only == nil || only == name || "outbox_\(only ?? "")" == name }
}
