import RelayOperations
import Testing

struct MigrationPlanTests {
    private static let migrations = [
        Migration(version: 1, name: "outbox_events", up: [1], down: [1]),
        Migration(version: 2, name: "outbox_checkpoints", up: [2], down: [2]),
        Migration(version: 3, name: "outbox_extra", up: [3], down: nil),
    ]

    private func plan(_ applied: [Int], changed: Int? = nil, only: String? = nil) throws -> MigrationPlan {
        let records = applied.map { version in
            MigrationRecord(
                version: version, name: version <= 3 ? Self.migrations[version - 1].name : "newer",
                checksum: version == changed ? "other" : "\(version)", appliedAt: "then")
        }
        return try MigrationPlan(migrations: Self.migrations, checksums: ["1", "2", "3"], records: records, only: only)
    }

    @Test(
        arguments: [
            ([], nil, [1, 2, 3]), ([1], nil, [2, 3]), ([1], 2, [2]), ([2], nil, [1, 3]), ([1, 2, 3], nil, []),
            ([1, 2, 3, 4], nil, []),
        ] as [([Int], Int?, [Int])])
    func `up runs what is pending in order, up to the limit`(applied: [Int], to: Int?, expected: [Int]) throws {
        #expect(try plan(applied).stepsUp(to: to).map(\.version) == expected)
    }

    @Test(
        arguments: [([1, 2], nil, [2]), ([1, 2], 0, [2, 1]), ([1, 2], 1, [2]), ([1], 2, []), ([], nil, [])]
            as [([Int], Int?, [Int])])
    func `down takes back the latest, or all after the limit, latest first`(applied: [Int], to: Int?, expected: [Int]) throws {
        #expect(try plan(applied).stepsDown(to: to).map(\.version) == expected)
    }

    @Test func `a changed migration is refused by name`() throws {
        let plan = try plan([1, 2], changed: 2)
        #expect(plan.entries.map(\.state) == [.applied, .changed, .pending])
        #expect(!plan.isUpToDate)
        let error = #expect(throws: OperationError.self) { try plan.stepsUp(to: nil) }
        #expect(error?.description.contains("002 outbox_checkpoints") == true)
    }

    @Test func `what a newer program applied is shown and left alone`() throws {
        let plan = try plan([1, 2, 3, 4])
        #expect(plan.entries.last?.state == .unknown)
        #expect(plan.isUpToDate)
        #expect(throws: OperationError.self) { try plan.stepsDown(to: 3) }
    }

    @Test func `without a down file nothing is taken back`() throws {
        #expect(throws: OperationError.self) { try plan([1, 2, 3]).stepsDown(to: nil) }
    }

    @Test(arguments: ["checkpoints", "outbox_checkpoints"])
    func `only one migration is looked at when only it is wanted`(only: String) throws {
        let plan = try plan([], only: only)
        #expect(plan.entries.map(\.version) == [2])
        #expect(try plan.stepsUp(to: nil).map(\.version) == [2])
        #expect(try self.plan([2], only: only).isUpToDate)
    }

    @Test func `unknown names and numbers are refused`() throws {
        #expect(throws: OperationError.self) { try plan([], only: "nonsense") }
        #expect(throws: OperationError.self) { try plan([]).stepsUp(to: 7) }
        #expect(throws: OperationError.self) { try plan([1]).stepsDown(to: 7) }
    }
}
