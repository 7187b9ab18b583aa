import OutboxModel
import PgOutput
import Testing

struct ColumnMapTests {
    @Test func `columns are found by name, in any order`() throws {
        let map = try ColumnMap(columns: ["payload", "x", "id", "aggregate_id", "topic"], names: .standard)
        #expect(map.columnCount == 5)
        #expect(map[.payload] == 0)
        #expect(map[.id] == 2)
        #expect(map[.aggregateID] == 3)
        #expect(map[.topic] == 4)
        #expect(map[.headers] == nil)
        #expect(map.missing.contains(.headers))
        #expect(!map.missing.contains(.topic))
    }

    @Test func `missing required columns are named together`() {
        let error = #expect(throws: ColumnMapError.self) { try ColumnMap(columns: ["id", "topic"], names: .debezium) }
        #expect(error?.roles == [.aggregateID, .payload])
        #expect(error?.description == "missing required columns: aggregateid, payload")
    }

    @Test func `Debezium's names look for nothing else`() throws {
        let relation = Relation(
            id: 1, namespace: "public", name: "outbox",
            columns: ["id", "aggregatetype", "aggregateid", "type", "payload", "topic"].map {
                RelationColumn(name: $0, typeOID: 25)
            })
        let map = try ColumnMap(relation: relation, names: .debezium)
        #expect(map[.eventType] == 3)
        #expect(map[.topic] == nil)
        #expect(map.missing.isEmpty)
    }

    @Test func `single names can be changed, required ones not taken away`() {
        var names = ColumnNames.standard
        names[.topic] = "route"
        names[.headers] = nil
        names[.payload] = nil
        #expect(names[.topic] == "route")
        #expect(names[.headers] == nil)
        #expect(names[.payload] == "payload")
    }
}
