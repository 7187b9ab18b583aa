/// How many shards a publisher should own when several are at work. Pure.
package struct FairShare: Equatable, Sendable {
    /// Shards to let go: somebody has fewer.
    package let surplus: [Int]
    /// Free shards to take.
    package let wanted: Int

    /// - Parameters:
    ///   - publishers: at work, this one included.
    ///   - owned: this publisher's own.
    ///   - held: owned by anybody.
    package init(shards: Int, publishers: Int, owned: [Int], held: Int) {
        let share = (shards + max(1, publishers) - 1) / max(1, publishers)
        surplus = owned.count > share ? Array(owned.sorted().suffix(owned.count - share)) : []
        wanted = owned.count < share ? max(0, min(share - owned.count, shards - held)) : 0
    }

    package var isFair: Bool { surplus.isEmpty && wanted == 0 }
}
