import Realtime

/// A hub with its feed and a clock, for tests of single situations.
struct HubStage {
    static let epoch: UInt32 = 77
    var sequencer = EventSequencer(epoch: epoch, start: Positions())
    let hub: LoopHub
    var now = HubTime(1_000)
    private var offsets: [Int32: Int64] = [:]

    init(_ rules: AccessRules = AccessRules(.open), _ change: (inout HubSettings) -> Void = { _ in }) {
        var settings = HubSettings(epoch: Self.epoch, rules: rules)
        settings.reconnectJitter = 0
        change(&settings)
        hub = LoopHub(settings, seed: 1, now: HubTime(1_000))
        publish()
    }

    mutating func publish() {
        if let batch = sequencer.takeBatch() { hub.ingest(batch, now: now) }
    }

    /// One event; given out at once unless `isHeld`.
    mutating func event(
        _ id: String, _ channels: String, partition: Int32 = 0, type: String = "T", user: String? = nil,
        aggregate: (type: String, id: String)? = nil, isHeld: Bool = false
    ) {
        _ = sequencer.take(
            .event(
                id, partition: partition, offset: offsets[partition, default: 0], channels: channels, type: type, user: user,
                aggregate: aggregate))
        offsets[partition, default: 0] += 1
        if !isHeld { publish() }
    }

    mutating func pass(milliseconds: Int64, ticks: Int = 1) {
        for _ in 0..<ticks {
            now = HubTime(now.milliseconds + milliseconds / Int64(ticks))
            hub.tick(now: now)
        }
    }

    func connect(
        _ channels: String..., form: ClientForm = .webSocket, types: [String] = [], grant: AccessGrant? = nil,
        cursor: String? = nil,
        seesAll: Bool = true, room: Int = .max
    ) -> StagedClient {
        let socket = FakeSocket()
        socket.room = room
        let subscriptions = channels.compactMap { ChannelName($0) }.map {
            Subscription(channel: $0, types: EventTypes(types), seesAll: seesAll)
        }
        let opening = ClientOpening(form: form, grant: grant, subscriptions: subscriptions, cursor: GivenCursor(cursor))
        return StagedClient(hub.connect(opening, socket: socket, now: now), socket)
    }

    func say(_ staged: StagedClient, _ text: String) { hub.received(staged.client, text, now: now) }

    /// The client's connection takes bytes again.
    func unblock(_ staged: StagedClient, room: Int = .max) {
        staged.socket.unblock(room: room)
        hub.becameWritable(staged.client, now: now)
    }
}
