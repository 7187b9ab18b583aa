import RelayOperations
import Testing

struct MigrationFilesTests {
    @Test func `files are paired up by number, other files left out`() throws {
        let names = ["002_b.up.sql", "README", "001_a.down.sql", "001_a.up.sql", "002_x.down.sql"]
        let migrations = try MigrationFiles.assemble(names) { Array($0.utf8) }
        #expect(migrations.map(\.title) == ["001 a", "002 b"])
        #expect(migrations[0].down == Array("001_a.down.sql".utf8))
        #expect(migrations[1].down == nil)
    }

    @Test(arguments: [
        ["001_a.up.sql", "003_c.up.sql"], ["001_a.up.sql", "001_b.up.sql"], ["a.up.sql"], ["001.up.sql"], ["001_.up.sql"],
    ])
    func `gaps, numbers given twice and other names are refused`(names: [String]) {
        #expect(throws: OperationError.self) { try MigrationFiles.assemble(names) { _ in [] } }
    }

    @Test func `a named folder is the only one`() {
        #expect(MigrationFiles.folders(named: "/x", binaryFolder: "/usr/local/bin") == ["/x"])
        #expect(MigrationFiles.folders(named: "", binaryFolder: nil) == ["./sql/migrations"])
    }

    @Test func `an installed program and one in its checkout find theirs`() {
        let installed = MigrationFiles.folders(named: nil, binaryFolder: "/usr/local/bin")
        #expect(installed.first == "/usr/local/share/outbox-relay/migrations")
        #expect(MigrationFiles.folders(named: nil, binaryFolder: "/src/x/.build/release").contains("/src/x/sql/migrations"))
        #expect(MigrationFiles.folders(named: nil, binaryFolder: "/src/x/.build/a-b-c/debug").contains("/src/x/sql/migrations"))
    }

    @Test func `where nothing is found every place is named`() {
        let error = #expect(throws: OperationError.self) { try MigrationFiles.load(["/nowhere/a", "/nowhere/b"]) }
        #expect(error?.description.contains("/nowhere/a, /nowhere/b") == true)
    }
}
