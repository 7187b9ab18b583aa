import RelayCore
import Testing

struct WALGuardTests {
    private static let second: Int64 = 1_000_000_000

    /// Looks every two seconds.
    private func verdicts(_ limits: WALGuard.Limits, _ retained: [Int64], safe: Int64? = nil) -> [WALGuard.Verdict?] {
        var guardian = WALGuard(limits)
        return retained.enumerated().map { index, bytes in
            guardian.look(
                WALGuard.Reading(
                    at: Int64(index) * 2 * Self.second, retainedBytes: bytes, safeBytes: safe.map { $0 - bytes }))
        }
    }

    @Test func `without a limit there is nothing to say`() {
        #expect(verdicts(WALGuard.Limits(), [0, 1 << 40]) == [nil, nil])
    }

    @Test func `half and four fifths are said once, and again after it was calm`() {
        let seen = verdicts(WALGuard.Limits(budgetBytes: 1000), [100, 500, 550, 800, 790, 950, 100, 500])
        #expect(seen.map { $0?.level } == [.calm, .half, .half, .high, .half, .high, .calm, .half])
        #expect(seen.map { $0?.isNews } == [false, true, false, true, false, false, false, true])
    }

    @Test func `the nearer limit counts, the server's without a budget too`() {
        #expect(verdicts(WALGuard.Limits(budgetBytes: 1000), [400], safe: 500)[0]?.limitBytes == 500)
        #expect(verdicts(WALGuard.Limits(budgetBytes: 1000), [400], safe: 5000)[0]?.limitBytes == 1000)
        #expect(verdicts(WALGuard.Limits(), [400], safe: 500)[0]?.level == .high)
    }

    @Test func `alert never releases, release does it before the limit`() {
        let climb: [Int64] = [0, 890, 899, 900, 999]
        #expect(verdicts(WALGuard.Limits(budgetBytes: 1000), climb).allSatisfy { $0!.level < .release })
        let slow: [Int64] = stride(from: 850, through: 900, by: 10).map { $0 }
        let seen = verdicts(WALGuard.Limits(budgetBytes: 1000, releases: true), slow)
        #expect(seen.map { $0!.level == .release } == [false, false, false, false, false, true])
    }

    @Test func `a fast growth releases as early as the release takes`() {
        // 100 bytes a second: at 600 there are 4 s left.
        let seen = verdicts(WALGuard.Limits(budgetBytes: 1000, releases: true), [0, 200, 400, 600])
        #expect(seen.map { $0!.level } == [.calm, .calm, .calm, .release])
        #expect(seen[3]!.secondsToFull.map { $0 > 3 && $0 < 6 } == true)
        // The same height without growth is a matter for the operator.
        #expect(verdicts(WALGuard.Limits(budgetBytes: 1000, releases: true), [600, 600])[1]!.level == .half)
    }

    @Test func `what the server removes is no negative growth`() {
        let seen = verdicts(WALGuard.Limits(budgetBytes: 1000), [500, 600, 100, 100])
        #expect(seen[2]!.secondsToFull == nil && seen[3]!.secondsToFull == nil)
    }
}
