import Realtime
import Testing

struct HostileClientTests {
    private static let messages = [
        #"{"type":"subscribe","channels":["a:1","user:7"],"types":["T"],"cursor":"1.25.0-1.0-1","id":1}"#,
        #"{"type":"unsubscribe","channels":["a:1"],"id":"x"}"#, #"{"type":"resume","cursor":"1.25.0-1.0-1.1-5"}"#,
        #"{"type":"refresh","token":"eyJ"}"#, #"{"type":"ping","id":null}"#,
    ]

    @Test
    func `Whatever a client says, and whenever its connection blocks, it is answered or closed`() {
        var random = SeededRandom(17)
        for _ in 0..<300 {
            var stage = HubStage(AccessRules(random.once(in: 2) ? .open : .tokens(anonymous: false))) {
                $0.session.messages = .init(perSecond: 1_000, burst: 1_000)
                $0.session.faults = 20
                $0.slow = .init(bytes: 500, age: 1_000, stall: 5_000, control: 1_000, closing: 200)
            }
            let client = stage.connect("a:1", "b:1", grant: AccessGrant(user: "7"))
            var messages: [ReceivedMessage] = []
            for number in 0..<80 where client.socket.isOpen {
                var text = Array(Self.messages[random.next(below: Self.messages.count)].utf8)
                for _ in 0..<random.next(below: 3) {
                    let index = random.next(below: text.count)
                    switch random.next(below: 4) {
                    case 0: text[index] = UInt8(random.next(below: 256))
                    case 1: text.remove(at: index)
                    case 2: text.insert(UInt8(random.next(below: 128)), at: index)
                    default: text.swapAt(index, random.next(below: text.count))
                    }
                }
                text.withUnsafeBytes { stage.hub.received(client.client, text: $0, now: stage.now) }
                if client.client.isOpen, random.once(in: 4) { stage.event("e\(number)", "a:1,c:1", partition: Int32(number % 2)) }
                if random.once(in: 6) { client.socket.room = random.next(below: 200) }
                if client.socket.isOpen, client.socket.isBlocked, random.once(in: 2) {
                    stage.unblock(client, room: random.once(in: 2) ? .max : random.next(below: 300))
                }
                if random.once(in: 8) { stage.pass(milliseconds: Int64(random.next(below: 600))) }
                messages += client.read()
            }
            #expect(!messages.isEmpty)
            #expect(!messages.contains { $0.type == "?" })
            stage.hub.disconnect(client.client)
            #expect(stage.hub.clientCount == 0)
            #expect(stage.hub.subscriptionCount == 0)
            #expect(stage.hub.behindCount == 0)
        }
    }
}
