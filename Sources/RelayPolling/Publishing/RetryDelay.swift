/// When a refused event is tried again. Pure.
package enum RetryDelay {
    private static let longest: Int64 = 300_000

    /// min(300 s, 2^attempts s), of which a random part up to the half is taken away, so that events that failed together are not
    /// all tried again together; in ms.
    ///
    /// - Parameters:
    ///   - attempts: failed ones, the last included; from 1 on.
    ///   - random: in 0..<1.
    package static func milliseconds(attempts: Int, random: Double) -> Int64 {
        let whole = attempts >= 9 ? longest : min(longest, 1_000 << Int64(max(0, attempts)))
        return whole - Int64(Double(whole) / 2 * min(1, max(0, random)))
    }
}
