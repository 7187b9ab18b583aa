import ConsumerKit
import Testing

struct GrowingCountTests {
    @Test(
        arguments: [
            ([], 0), ([3], 3), ([0, 0, 2], 2), ([2, 5, 5, 7], 7), ([5, 0, 2], 7), ([5, 3, 3], 5),
        ] as [([Int], Int)])
    func `it begins at what there is, and deleted rows take nothing back`(counts: [Int], total: Int) {
        var growing = GrowingCount()
        #expect(counts.map { growing.growth(to: $0) }.reduce(0, +) == total)
    }
}
