/// A drill that can be played: by the tests, and by hand with `outbox-bench drill NAME`.
public struct DrillPlan: Sendable {
    public let name: String
    /// What happens and what must hold, in a line.
    public let summary: String
    public let play: @Sendable (DrillGround) throws -> DrillOutcome

    public static var names: [String] { all.map(\.name) }

    /// All of them, in the order in which they are played.
    public static let all: [DrillPlan] = [
        DrillPlan(
            name: "dropped", summary: "the slot is dropped by hand, and dropped and made anew, while events are written",
            play: SlotDrills.dropped),
        DrillPlan(
            name: "lost", summary: "the slot loses its WAL to max_slot_wal_keep_size while the relay is frozen",
            play: SlotDrills.lost),
        DrillPlan(
            name: "held", summary: "somebody else streams from the slot, confirms what he reads, and leaves",
            play: SlotDrills.held),
        DrillPlan(
            name: "revoked", summary: "the role loses REPLICATION and gets it back", play: ServerDrills.revoked),
        DrillPlan(
            name: "level", summary: "wal_level is replica over a restart, and logical again", play: ServerDrills.level),
        DrillPlan(
            name: "budget", summary: "the brokers are away under load, and wal.budget.bytes is small", play: BudgetDrill.play),
        DrillPlan(
            name: "takeover", summary: "two relays in mode auto; the one that works is killed, three times",
            play: TakeOverDrill.play),
        DrillPlan(
            name: "publishers", summary: "three polling publishers, wal_level=replica; each is killed in turn",
            play: PublishersDrill.play),
        DrillPlan(
            name: "consumers",
            summary: "three processes with all consumers; they are killed, and Postgres, Redis, the broker and an API fail",
            play: ConsumersDrill.play),
        DrillPlan(
            name: "fanout",
            summary: "two outbox-fanout with 1,000 clients; one after the other is killed, its clients go on at the other",
            play: FanoutDrill.play),
    ]
}
