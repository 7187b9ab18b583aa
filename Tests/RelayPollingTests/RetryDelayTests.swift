import RelayPolling
import Testing

@Suite struct RetryDelayTests {
    @Test(arguments: [(1, 2_000), (2, 4_000), (5, 32_000), (8, 256_000), (9, 300_000), (10, 300_000), (1_000, 300_000)])
    func `The wait doubles up to five minutes`(attempts: Int, milliseconds: Int64) {
        #expect(RetryDelay.milliseconds(attempts: attempts, random: 0) == milliseconds)
    }

    @Test(arguments: [1, 4, 9, Int.max])
    func `Up to a half of it is taken away at random`(attempts: Int) {
        let whole = RetryDelay.milliseconds(attempts: attempts, random: 0)
        let shortest = RetryDelay.milliseconds(attempts: attempts, random: 0.999_999)
        #expect(shortest >= whole / 2 && shortest < whole)
        #expect(RetryDelay.milliseconds(attempts: attempts, random: 7) == whole / 2)
    }
}
