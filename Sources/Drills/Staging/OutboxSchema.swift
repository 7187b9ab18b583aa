import Glibc

/// The migrations of the project as they stand in its sources, for drills and tests that want the tables without the command.
public enum OutboxSchema {
    /// One text per migration of the outbox, in order.
    public static let statements = texts(in: "migrations")

    /// The same of the consumers: their own tables, the shop's and those of the effects.
    public static let consumerStatements = texts(in: "consumers")

    private static func texts(in folder: String) -> [String] {
        let here = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        let folder = here.dropLast(4).joined(separator: "/") + "/sql/\(folder)"
        return names(in: folder).filter { $0.hasSuffix(".up.sql") }.sorted().compactMap { TextFile.read("\(folder)/\($0)") }
    }

    private static func names(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            names.append(withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
        }
        return names
    }
}
