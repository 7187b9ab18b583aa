/// What a publisher writes into locked_by: it names the program, the slot and one session, so that another publisher knows whether
/// it can still be at work. Pure.
package struct WorkerName: Sendable, Equatable {
    /// That of every publisher of this slot name.
    package let prefix: String
    /// That of this session.
    package let name: String

    /// - Parameter session: 64 random bits.
    package init(slot: String, session: UInt64) {
        prefix = "outbox-relay/\(slot)/"
        let digits = String(session, radix: 16)
        name = prefix + String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
