/// Which lane a record goes to: records with one key always to the same, so that they stay in order. Pure.
public struct LanePlan: Sendable {
    public let lanes: Int

    public init(lanes: Int) { self.lanes = max(1, lanes) }

    /// A record without a key is ordered with the others of its partition.
    public func lane(key: [UInt8]?, partition: Int32) -> Int {
        guard lanes > 1 else { return 0 }
        guard let key else { return Int(partition.magnitude) % lanes }
        // FNV-1a, its upper half folded in: keys are short and differ in their last bytes.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in key {
            hash ^= UInt64(byte)
            hash = hash &* 0x100_0000_01b3
        }
        return Int((hash ^ (hash >> 32)) % UInt64(lanes))
    }
}
