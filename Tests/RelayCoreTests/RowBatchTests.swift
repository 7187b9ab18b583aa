import RelayCore
import Testing

struct RowBatchTests {
    private func literal(_ ids: [String]) -> String {
        var batch = RowBatch(unit: 1)
        for id in ids { Array(id.utf8).withUnsafeBytes { batch.addPublished(id: $0) } }
        return String(decoding: batch.published, as: UTF8.self)
    }

    @Test(arguments: [
        (["a"], #""a""#), (["a", "b"], #""a","b""#), ([""], #""""#), (["NULL"], #""NULL""#), ([#"a"b"#], #""a\"b""#),
        ([#"a\b"#], #""a\\b""#), ([#"\""#], #""\\\"""#), (["{a,b}", " c "], #""{a,b}"," c ""#),
        (["größe\u{1F600}"], "\"größe\u{1F600}\""),
        (["a\nb\tc'd"], "\"a\nb\tc'd\""),
    ]) func `ids are elements of an array literal`(ids: [String], expected: String) {
        #expect(literal(ids) == expected)
    }

    @Test func `rows are counted by their fate`() {
        var batch = RowBatch(unit: 7)
        #expect(batch.isEmpty && batch.unit == 7)
        batch.addDead(id: "x", reason: "topic_missing: none")
        #expect(!batch.isEmpty && batch.publishedCount == 0 && batch.published.isEmpty)
        batch.addDead(id: "y", reason: "")
        #expect(batch.dead.map(\.id) == ["x", "y"])
        let many = (0..<500).map { "\($0)" }
        for id in many { Array(id.utf8).withUnsafeBytes { batch.addPublished(id: $0) } }
        #expect(batch.publishedCount == 500)
        #expect(String(decoding: batch.published, as: UTF8.self).split(separator: ",").count == 500)
    }
}
