import Realtime

/// A topic, two instances that read it in orders of their own, and clients that come, block, are cut off anywhere and come back to
/// either. All that decides is the product's: sequencer, hub, cursor.
struct RecoverySimulation {
    private var random: SeededRandom
    private let rule: BrokenRule?
    private var log: SimulatedLog
    private let instances: [SimulatedInstance]
    private let clients: [SimulatedClient]
    private var now = HubTime(0)
    private let isMadeAnew: Bool
    /// Cursors that pages got for their first load.
    private var loaded: [String] = []
    /// Clients that were registered too late on purpose, and the channels that are to come back.
    private var unregistered: [Int: [String]] = [:]
    private(set) var violations: [String] = []
    private(set) var resets = 0
    private(set) var deliveries = 0
    var counters: [HubCounters] { instances.map(\.hub.counters) }

    init(seed: UInt64, breaking rule: BrokenRule? = nil) {
        random = SeededRandom(seed)
        self.rule = rule
        let partitions = 1 + random.next(below: 3)
        log = SimulatedLog(partitions: partitions)
        isMadeAnew = random.once(in: 4)
        var settings = HubSettings(epoch: SimulatedInstance.epoch, rules: AccessRules(.open))
        settings.interval = random.once(in: 2) ? 0 : 10
        // A third of the histories are too short for those who stay away.
        settings.history = .init(events: random.once(in: 3) ? 8 + random.next(below: 20) : 10_000, bytes: 1 << 20, age: 3_600_000)
        if random.once(in: 3) { settings.slow = .init(bytes: 600, age: 2_000, stall: 10_000, closing: 500) }
        settings.readerEvents = 1 + random.next(below: 40)
        settings.readerBytes = 200 + random.next(below: 2_000)
        settings.turnEvents = 10 + random.next(below: 100)
        settings.session.messages = .init(perSecond: 1_000, burst: 1_000)
        settings.session.faults = 1_000
        let seeds = (random.next(), random.next())
        instances = [seeds.0, seeds.1].map { SimulatedInstance(partitions: partitions, settings: settings, seed: $0) }
        var forms: [ClientForm] = []
        for _ in 0..<(2 + random.next(below: 4)) { forms.append(random.once(in: 3) ? .eventStream : .webSocket) }
        clients = forms.enumerated().map { SimulatedClient(number: $0.offset, form: $0.element) }
    }

    // MARK: Running

    mutating func run() {
        let steps = 150 + random.next(below: 350)
        let anew = isMadeAnew ? random.next(below: steps) : -1
        for number in 0..<steps {
            if number == anew { log.makeAnew() }
            step()
        }
        settle()
        for client in clients {
            violations += client.judge(log)
            resets += client.resets
        }
        deliveries = instances.reduce(0) { $0 + $1.hub.counters.deliveries }
    }

    private mutating func step() {
        now = HubTime(now.milliseconds + Int64(random.next(below: 30)))
        if random.once(in: 60) { now = HubTime(now.milliseconds + 5_000) }
        switch random.next(below: 100) {
        case 0..<25: log.write(&random)
        case 25..<50:
            instances[random.next(below: 2)].read(
                log, partition: random.next(below: log.partitions.count), count: 1 + random.next(below: 4),
                isPublished: !random.once(in: 3), now: now)
        case 50..<55: tick()
        case 55..<85: read(clients[random.next(below: clients.count)])
        case 85..<90:
            let client = clients[random.next(below: clients.count)]
            if client.connection == nil { connect(client) } else if random.once(in: 2) { cut(client) }
        default: speak(clients[random.next(below: clients.count)])
        }
    }

    private func tick() {
        for instance in instances {
            instance.hub.tick(now: now)
            while instance.hub.needsTurn { instance.hub.turn(now: now) }
        }
    }

    /// No more changes: everybody is connected and reads, everything is read.
    private mutating func settle() {
        for round in 0..<2_000 {
            now = HubTime(now.milliseconds + 100)
            for instance in instances {
                for partition in log.partitions.indices {
                    instance.read(log, partition: partition, count: .max, isPublished: true, now: now)
                }
            }
            tick()
            for client in clients {
                if client.connection == nil { connect(client) }
                client.connection?.socket.room = .max
                read(client, all: true)
            }
            let isDone = clients.allSatisfy { ($0.connection?.client.isLive ?? false) && $0.asked == nil && !$0.isResuming }
            if isDone, round > 80, unregistered.isEmpty { return }
        }
        violations.append("it does not come to rest")
    }

    // MARK: Clients

    private mutating func connect(_ client: SimulatedClient) {
        let number = random.next(below: 2)
        let hub = instances[number].hub
        if client.held.isEmpty {
            for name in SimulatedLog.channelNames where random.once(in: 2) {
                client.held[name] = .init(since: SimulatedClient.unknown)
            }
            // Half of the pages load a state first.
            if client.cursor == nil, random.once(in: 2) { client.cursor = loaded.last }
            if let cursor = client.cursor.flatMap({ try? Cursor($0) }) {
                for name in client.held.keys { client.held[name]?.since = cursor.positions }
            }
        }
        // Some connect first and resume by a message.
        let isByMessage = client.form == .webSocket && client.cursor != nil && random.once(in: 4)
        let given = GivenCursor(isByMessage ? nil : client.cursor.map { tampered($0, hub) })
        let socket = FakeSocket()
        socket.room = random.once(in: 3) ? random.next(below: 800) : .max
        let subscriptions = client.channels.compactMap { ChannelName($0) }.map { Subscription(channel: $0, seesAll: true) }
        client.isResuming = isByMessage
        let opening = ClientOpening(form: client.form, grant: nil, subscriptions: subscriptions, cursor: given)
        let made = hub.connect(opening, socket: socket, now: now)
        client.connected(number, made, socket)
        if rule == .registersAfterReplay, client.form == .webSocket, !client.held.isEmpty {
            unregistered[client.number] = client.channels
            hub.received(made, message("unsubscribe", client.channels, id: SimulatedClient.hidden), now: now)
        }
        if isByMessage, let cursor = client.cursor {
            hub.received(made, "{\"type\":\"resume\",\"cursor\":\"\(tampered(cursor, hub))\"}", now: now)
        }
    }

    /// The cursor as a server would take it that leaves a rule out.
    private func tampered(_ text: String, _ hub: LoopHub) -> String {
        guard rule == .checksNoProof || rule == .knowsNoAhead, let cursor = try? Cursor(text) else { return text }
        var positions = cursor.positions
        if rule == .knowsNoAhead {
            for entry in positions.entries { positions[entry.partition] = min(entry.next, hub.positions[entry.partition]) }
        }
        for entry in positions.entries {
            guard let fingerprint = hub.history.fingerprint(before: entry.next, in: entry.partition) else { continue }
            let proof = Cursor.Proof(partition: entry.partition, fingerprint: fingerprint)
            return Cursor(epoch: cursor.epoch, proof: proof, positions: positions).text
        }
        return Cursor(
            epoch: cursor.epoch, proof: rule == .knowsNoAhead && positions.entries.isEmpty ? nil : cursor.proof,
            positions: positions
        ).text
    }

    private mutating func cut(_ client: SimulatedClient) {
        guard let connection = client.connection else { return }
        // Some of what was on the way still arrives.
        _ = client.read(connection.socket.drain(random.next(below: 600)), log: log)
        instances[connection.instance].hub.disconnect(connection.client)
        unregistered[client.number] = nil
        client.wasCut()
    }

    private mutating func read(_ client: SimulatedClient, all: Bool = false) {
        guard let connection = client.connection else { return }
        let hub = instances[connection.instance].hub
        let bytes = all || random.once(in: 2) ? connection.socket.drain() : connection.socket.drain(random.next(below: 400))
        let goesOn = client.read(bytes, log: log)
        guard goesOn, connection.socket.isOpen || !connection.socket.bytes.isEmpty else {
            hub.disconnect(connection.client)
            unregistered[client.number] = nil
            return client.wasCut()
        }
        if connection.socket.isBlocked, connection.socket.isOpen, all || random.once(in: 2) {
            connection.socket.unblock(room: all || random.once(in: 3) ? .max : random.next(below: 500))
            hub.becameWritable(connection.client, now: now)
        } else if random.once(in: 10), connection.socket.room == .max, !all {
            connection.socket.room = random.next(below: 300)
        }
        if let channels = unregistered[client.number], all || random.once(in: 3), connection.client.isOpen {
            unregistered[client.number] = nil
            hub.received(connection.client, message("subscribe", channels, id: SimulatedClient.hidden), now: now)
        }
    }

    /// A WebSocket client changes its subscriptions.
    private mutating func speak(_ client: SimulatedClient) {
        if random.once(in: 4) { loaded.append(instances[random.next(below: 2)].hub.cursor) }
        guard let connection = client.connection, client.form == .webSocket, connection.client.isOpen, client.asked == nil,
            !client.isResuming, unregistered[client.number] == nil
        else { return }
        let hub = instances[connection.instance].hub
        let name = SimulatedLog.channelNames[random.next(below: 4)]
        if let held = client.held[name] {
            guard held.leaving == .no, client.held.count > 1 else { return }
            client.held[name]?.leaving = .asked
            hub.received(connection.client, message("unsubscribe", [name], id: name), now: now)
        } else {
            var cursor: Cursor?
            // With a page's cursor; events that it had of the channel before would come again.
            if random.once(in: 2), let text = loaded.last { cursor = try? Cursor(tampered(text, hub)) }
            if cursor != nil {
                // While a channel is being left, nobody knows what comes by it still.
                guard client.held.values.allSatisfy({ $0.leaving == .no }) else { return }
                guard !client.hasSeen(name, log) else { return }
                client.isFilled = true
            } else if client.hasSeen(name, log) {
                return
            }
            client.asked = ([name], cursor)
            hub.received(connection.client, message("subscribe", [name], cursor: cursor?.text), now: now)
        }
    }

    private func message(_ type: String, _ channels: [String], cursor: String? = nil, id: String? = nil) -> String {
        let names = channels.map { "\"\($0)\"" }.joined(separator: ",")
        let cursor = cursor.map { ",\"cursor\":\"\($0)\"" } ?? ""
        let id = id.map { ",\"id\":\"\($0)\"" } ?? ""
        return "{\"type\":\"\(type)\",\"channels\":[\(names)]\(cursor)\(id)}"
    }
}

extension SimulatedClient {
    /// Whether it ever got an event of a channel that it does not hold: what it would get of it now may be a repetition.
    func hasSeen(_ name: String, _ log: SimulatedLog) -> Bool {
        received.contains { log.entry($0)?.entry.channels.contains(name) ?? false }
    }
}
