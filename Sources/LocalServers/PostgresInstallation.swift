import Glibc
import ServiceRuntime

/// PostgreSQL server programs on this machine.
public struct PostgresInstallation: Hashable, Sendable {
    /// 14, 15, ...
    public let majorVersion: Int
    /// The folder that holds `postgres` and `initdb`.
    public let binDirectory: String

    /// What can be found, one per major version, the oldest version first. Where a version is found twice the first place counts:
    /// PG_BIN of `environment` (one folder or several, separated by colons), then `pg_config --bindir`, then Debian's folders.
    public static func find(environment: [String: String]) -> [PostgresInstallation] {
        var folders = environment["PG_BIN"]?.split(separator: ":").map(String.init) ?? []
        if let answer = try? CommandResult.of(ChildCommand("pg_config", ["--bindir"])), answer.status.isSuccess {
            folders.append(String(answer.output.prefix { $0 != "\n" }))
        }
        let debian = "/usr/lib/postgresql"
        folders += TextFile.names(in: debian).map { "\(debian)/\($0)/bin" }
        var found: [Int: PostgresInstallation] = [:]
        for folder in folders {
            guard let version = majorVersion(in: folder), found[version] == nil else { continue }
            found[version] = PostgresInstallation(majorVersion: version, binDirectory: folder)
        }
        return found.values.sorted { $0.majorVersion < $1.majorVersion }
    }

    /// An installation in a known place. Nil when `postgres` or `initdb` is not there or does not answer.
    public init?(binDirectory: String) {
        guard let version = Self.majorVersion(in: binDirectory) else { return nil }
        self.init(majorVersion: version, binDirectory: binDirectory)
    }

    private init(majorVersion: Int, binDirectory: String) {
        self.majorVersion = majorVersion
        self.binDirectory = binDirectory
    }

    /// From "postgres (PostgreSQL) 15.13 (Debian ...)", also of betas ("18beta1").
    private static func majorVersion(in folder: String) -> Int? {
        guard access("\(folder)/initdb", X_OK) == 0,
            let answer = try? CommandResult.of(ChildCommand("\(folder)/postgres", ["--version"])), answer.status.isSuccess
        else { return nil }
        let words = answer.output.split(separator: " ")
        guard let place = words.firstIndex(of: "(PostgreSQL)"), place + 1 < words.count else { return nil }
        return Int(words[place + 1].prefix { $0.isNumber })
    }
}
