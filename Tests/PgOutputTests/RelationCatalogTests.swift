import PgOutput
import Testing

struct RelationCatalogTests {
    private func relation(_ id: UInt32, _ columns: String...) -> Relation {
        Relation(
            id: id, namespace: "public", name: "outbox_events", columns: columns.map { RelationColumn(name: $0, typeOID: 25) })
    }

    @Test func `only real differences are changes`() {
        var catalog = RelationCatalog()
        let first = relation(1, "id", "payload")
        #expect(catalog.update(first) == .new)
        #expect(catalog.update(first) == .same)
        let second = relation(1, "payload", "id")
        #expect(catalog.update(second) == .changed(previous: first))
        #expect(catalog.update(relation(2, "id")) == .new)
        #expect(catalog[1] == second)
        #expect(catalog[3] == nil)
        #expect(catalog.count == 2)
        catalog.removeAll()
        #expect(catalog[1] == nil)
        #expect(catalog.update(second) == .new)
    }
}
