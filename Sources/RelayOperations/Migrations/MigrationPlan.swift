/// Which migrations stand where, and which have to be run. Pure.
public struct MigrationPlan: Equatable, Sendable {
    public enum State: String, Sendable {
        case applied
        case pending
        /// Applied, and its file is another one now.
        case changed
        /// Applied, and there is no file for it: a newer program did it.
        case unknown
    }

    public struct Entry: Equatable, Sendable {
        public let version: Int
        public let name: String
        public let state: State
        public let appliedAt: String?

        var title: String { Migration.title(version, name) }
    }

    /// By version.
    public let entries: [Entry]
    private let migrations: [Migration]

    /// - Parameters:
    ///   - checksums: sha256 in hex of the migrations' up files, in their order.
    ///   - only: `--only`: the others are left out of everything.
    public init(
        migrations: [Migration], checksums: [String], records: [MigrationRecord], only: String? = nil
    ) throws(OperationError) {
        if let only, !migrations.contains(where: { $0.matches(only) }) {
            let names = migrations.map(\.name).joined(separator: ", ")
            throw OperationError("there is no migration named \(only); there are \(names)")
        }
        self.migrations = migrations.filter { $0.matches(only) }
        var entries: [Entry] = []
        for (migration, checksum) in zip(migrations, checksums) where migration.matches(only) {
            let record = records.first { $0.version == migration.version }
            let isSame = record?.checksum == checksum && record?.name == migration.name
            entries.append(
                Entry(
                    version: migration.version, name: migration.name,
                    state: record == nil ? .pending : isSame ? .applied : .changed, appliedAt: record?.appliedAt))
        }
        if only == nil {
            for record in records where !migrations.contains(where: { $0.version == record.version }) {
                entries.append(
                    Entry(version: record.version, name: record.name, state: .unknown, appliedAt: record.appliedAt))
            }
        }
        self.entries = entries.sorted { $0.version < $1.version }
    }

    /// Whether everything that there is a file for is applied as it is.
    public var isUpToDate: Bool { entries.allSatisfy { $0.state == .applied || $0.state == .unknown } }

    /// What `up` runs, in order; `to`: no later one. Refuses by name when an applied one was changed.
    public func stepsUp(to: Int?) throws(OperationError) -> [Migration] {
        try refuseChanged("its file was changed since; write a new migration instead, or put the file back")
        if let to { try require(to) }
        let pending = Set(entries.filter { $0.state == .pending }.map(\.version))
        return migrations.filter { pending.contains($0.version) && $0.version <= to ?? Int.max }
    }

    /// What `down` takes back, the latest first; `to`: all later ones, 0 for all; without it only the latest.
    public func stepsDown(to: Int?) throws(OperationError) -> [Migration] {
        if let to, to != 0 { try require(to) }
        let applied = entries.filter { $0.state != .pending }
        let chosen = to.map { limit in applied.filter { $0.version > limit } } ?? Array(applied.suffix(1))
        var steps: [Migration] = []
        for entry in chosen.reversed() {
            guard let migration = migrations.first(where: { $0.version == entry.version }), migration.down != nil else {
                throw OperationError("\(entry.title) cannot be taken back: there is no .down.sql file for it here")
            }
            steps.append(migration)
        }
        return steps
    }

    private func refuseChanged(_ reason: String) throws(OperationError) {
        guard let changed = entries.first(where: { $0.state == .changed }) else { return }
        throw OperationError("\(changed.title) was applied at \(changed.appliedAt ?? "some time"), and \(reason)")
    }

    private func require(_ version: Int) throws(OperationError) {
        guard entries.contains(where: { $0.version == version }) else {
            throw OperationError("there is no migration \(version); there are \(entries.map(\.title).joined(separator: ", "))")
        }
    }
}
