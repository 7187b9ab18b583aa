import Realtime
import Testing

struct HubRecoveryTests {
    @Test(arguments: ClientForm.allCases)
    func `Who comes back gets what was missed, then what comes`(form: ClientForm) {
        var stage = HubStage()
        stage.event("e1", "user:7", type: "NOTIFICATION")
        let client = stage.connect("user:7", form: form)
        stage.event("e2", "user:7", type: "NOTIFICATION")
        _ = client.read()
        stage.hub.disconnect(client.client)
        stage.event("e3", "user:7", type: "NOTIFICATION")
        stage.event("other", "user:8", type: "NOTIFICATION")
        let back = stage.connect("user:7", form: form, cursor: client.cursor)
        stage.event("e4", "user:7", type: "NOTIFICATION")
        switch form {
        case .webSocket: #expect(back.seen == "welcome e3 e4")
        case .eventStream: #expect(back.seen == "retry welcome e3 e4")
        case .userStream: #expect(back.seen == "retry welcome notification notification")
        }
        #expect(stage.hub.counters.recovered == 1)
        #expect(stage.hub.counters.resets.isEmpty)
    }

    @Test
    func `The welcome says where the client stands, not the instance`() throws {
        var stage = HubStage()
        let client = stage.connect("a:1")
        stage.event("e1", "a:1")
        _ = client.read()
        stage.event("e2", "a:1")
        let back = stage.connect("a:1", cursor: client.cursor)
        let messages = back.read()
        #expect(messages.first?.cursor == client.cursor)
        #expect(messages.first?.text.contains("\"recovered\":true") == true)
        #expect(messages.last?.cursor == stage.hub.cursor)
    }

    @Test(arguments: ["garbage", "1.1.0.0-1", "1.25.0.0-1"])
    func `A cursor that cannot be served is a reset, and the welcome stands nowhere`(cursor: String) throws {
        var stage = HubStage()
        stage.event("e1", "a:1")
        let client = stage.connect("a:1", cursor: cursor)
        stage.event("e2", "a:1")
        let messages = client.read()
        #expect(messages.map { $0.eventID ?? $0.type } == ["welcome", "reset", "e2"])
        #expect(messages[0].text.contains("\"recovered\":false"))
        // Cut off before the reset came, it gets another one.
        #expect(stage.connect("a:1", cursor: messages[0].cursor).seen == "welcome reset")
        #expect(try Cursor(messages[1].cursor ?? "").positions == [0: 1])
    }

    /// Two instances; the second has read less of partition 0 and more of partition 1.
    private func twoInstances() -> (first: HubStage, second: HubStage) {
        var first = HubStage()
        var second = HubStage()
        first.event("a0", "a:1", partition: 0)
        first.event("b0", "a:1", partition: 1)
        first.event("a1", "a:1", partition: 0)
        second.event("a0", "a:1", partition: 0)
        second.event("b0", "a:1", partition: 1)
        second.event("b1", "a:1", partition: 1)
        return (first, second)
    }

    @Test
    func `Who is ahead of an instance in one partition gets nothing twice`() {
        var (first, second) = twoInstances()
        let client = first.connect("a:1")
        _ = client.read()
        // The proof is of partition 0, where the second instance is behind: nothing may be sent before it is checked.
        let back = second.connect("a:1", cursor: client.cursor)
        #expect(back.seen == "welcome")
        second.event("b2", "a:1", partition: 1)
        #expect(back.seen == "")
        second.event("a1", "a:1", partition: 0)
        #expect(back.seen == "b1 b2")
        second.event("a2", "a:1", partition: 0)
        #expect(back.seen == "a2")
        #expect(back.client.isLive)
    }

    @Test
    func `A cursor on the way says what the client has, whatever the instance's order is`() {
        var (first, second) = twoInstances()
        first.event("b1", "x:1", partition: 1)
        let client = first.connect("a:1")
        _ = client.read()
        // The second instance has not seen a1; the client has, and is proven by b1.
        let back = second.connect("a:1", cursor: client.cursor)
        second.event("b2", "a:1", partition: 1)
        #expect(back.seen == "welcome b2")
        // Cut off here, it comes back to the first instance without getting a1 again.
        first.event("b2", "a:1", partition: 1)
        first.event("b3", "a:1", partition: 1)
        #expect(first.connect("a:1", cursor: back.cursor).seen == "welcome b3")
        #expect(!back.client.isLive)
        second.event("a1", "a:1", partition: 0)
        #expect(back.seen == "")
        #expect(back.client.isLive)
    }

    @Test
    func `An instance that does not get there in time says so`() {
        var (first, second) = twoInstances()
        let client = first.connect("a:1")
        _ = client.read()
        let back = second.connect("a:1", cursor: client.cursor)
        second.pass(milliseconds: 4_750, ticks: 5)
        #expect(back.seen == "welcome")
        second.pass(milliseconds: 500)
        let messages = back.read()
        #expect(messages.map(\.type) == ["reset"])
        #expect(messages.first?.text.contains("not_reached") == true)
        #expect(second.hub.counters.recovered == 0)
        first.event("b1", "x:1", partition: 1)
        second.event("b2", "a:1", partition: 1)
        #expect(back.seen == "b2")
    }

    @Test
    func `A topic made anew is noticed by what is at the cursor's place`() {
        var old = HubStage()
        for number in 0..<3 { old.event("old\(number)", "a:1") }
        let client = old.connect("a:1")
        _ = client.read()
        var anew = HubStage()
        let early = anew.connect("a:1", cursor: client.cursor)
        for number in 0..<3 { anew.event("new\(number)", "a:1") }
        #expect(early.seen == "welcome reset")
        #expect(anew.connect("a:1", cursor: client.cursor).seen == "welcome reset")
        #expect(anew.hub.counters.resets == [.unproven: 2])
    }

    @Test
    func `When the log is not the one it was, everybody is told`() {
        var stage = HubStage()
        let live = stage.connect("a:1")
        let blocked = stage.connect("a:1")
        let stream = stage.connect("a:1", form: .eventStream)
        _ = blocked.read()
        blocked.socket.room = 20
        stage.event("e1", "a:1")
        stage.sequencer.restart(at: Positions())
        _ = stage.sequencer.take(.event("n1", offset: 0, channels: "a:1"))
        stage.publish()
        #expect(live.seen == "welcome e1 reset n1")
        #expect(stream.seen == "retry welcome e1 reset n1")
        stage.unblock(blocked)
        #expect(blocked.seen == "e1 reset n1")
        #expect(stage.hub.counters.resets == [.historyLost: 3])
    }

    // MARK: By message

    @Test
    func `A client resumes by a message as well`() {
        var stage = HubStage()
        let client = stage.connect("a:1")
        stage.event("e1", "a:1")
        _ = client.read()
        stage.event("e2", "a:1")
        let back = stage.connect("a:1")
        stage.say(back, "{\"type\":\"resume\",\"cursor\":\"\(client.cursor ?? "")\",\"id\":1}")
        stage.event("e3", "a:1")
        #expect(back.seen == "welcome resumed e2 e3")
        stage.say(back, #"{"type":"resume","cursor":"garbage"}"#)
        #expect(back.seen == "reset")
    }

    @Test
    func `A subscription with a cursor gets what was missed of its channels, then its answer`() {
        var stage = HubStage()
        stage.event("e0", "b:1")
        let start = stage.hub.cursor
        let client = stage.connect("a:1")
        stage.event("a1", "a:1")
        stage.event("b1", "b:1")
        stage.event("ab", "a:1,b:1")
        _ = client.read()
        stage.say(client, "{\"type\":\"subscribe\",\"channels\":[\"b:1\"],\"cursor\":\"\(start)\"}")
        stage.event("b2", "b:1")
        let messages = client.read()
        #expect(messages.map { $0.eventID ?? $0.type } == ["b1", "subscribed", "b2"])
        // Whoever is cut off before the answer has lost nothing of the other channels.
        #expect(messages[0].cursor == messages[1].cursor)
    }

    @Test
    func `A page's cursor of another instance waits until this one is as far`() {
        var (first, second) = twoInstances()
        first.event("b1", "x:1", partition: 1)
        let client = second.connect("a:1")
        _ = client.read()
        let ask = "{\"type\":\"subscribe\",\"channels\":[\"c:1\"],\"cursor\":\"\(first.hub.cursor)\"}"
        second.say(client, ask)
        second.say(client, ask)
        #expect(client.seen == "error")
        second.event("a1", "c:1", partition: 0)
        #expect(client.seen == "subscribed")
        second.event("a2", "c:1", partition: 0)
        #expect(client.seen == "a2")
        // One that is not reached: from now on, and a reset.
        let far = Cursor(epoch: HubStage.epoch, proof: .init(partition: 0, fingerprint: 1), positions: [0: 99]).text
        second.say(client, "{\"type\":\"subscribe\",\"channels\":[\"d:1\"],\"cursor\":\"\(far)\"}")
        second.pass(milliseconds: 5_000, ticks: 5)
        second.event("a3", "d:1", partition: 0)
        #expect(client.seen == "reset subscribed a3")
    }

    @Test
    func `A subscription that waits is held to the token that the client has by then`() {
        var stage = HubStage(AccessRules(.tokens(anonymous: false)))
        let all = ["user:8", "order:*"].compactMap { ChannelPattern($0) }
        let client = stage.connect("user:7", grant: AccessGrant(user: "7", channels: all), seesAll: false)
        _ = client.read()
        let far = Cursor(epoch: HubStage.epoch, proof: .init(partition: 0, fingerprint: 1), positions: [0: 9]).text
        stage.say(client, "{\"type\":\"subscribe\",\"channels\":[\"user:8\",\"order:1\"],\"cursor\":\"\(far)\"}")
        stage.hub.refreshed(client.client, with: AccessGrant(user: "7"), id: nil, now: stage.now)
        stage.pass(milliseconds: 6_000, ticks: 6)
        #expect(client.seen == "token reset subscribed")
        stage.event("e1", "user:8")
        stage.event("e2", "order:1", user: "8")
        stage.event("e3", "order:1", user: "7")
        #expect(client.seen == "e3")
    }

    @Test
    func `What a reader is given in one turn is bounded, and the readers take turns`() {
        var stage = HubStage {
            $0.readerEvents = 10
            $0.turnEvents = 15
        }
        let start = stage.hub.cursor
        for number in 0..<100 { stage.event("e\(number)", "a:1") }
        let clients = (0..<3).map { _ in stage.connect("a:1", cursor: start) }
        var turns = 0
        while stage.hub.needsTurn {
            stage.hub.turn(now: stage.now)
            turns += 1
        }
        #expect(turns >= 100 * 3 / 15 - 6)
        for client in clients { #expect(client.read().compactMap(\.eventID) == (0..<100).map { "e\($0)" }) }
    }
}
