import ConsumerKit

/// An event of the simulated log.
struct SimulatedEvent {
    enum Nature: CaseIterable { case good, undecodable, rejected, broken }

    let id: Int
    let key: Int
    let nature: Nature

    var blockedKey: BlockedKey { BlockedKey(topic: "t", key: [UInt8(key)]) }
}
