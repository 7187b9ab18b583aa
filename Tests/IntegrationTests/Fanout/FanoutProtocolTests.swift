import Drills
import ServiceRuntime
import Testing
import WebSocketCases

/// The case list for WebSocket servers, against the real program.
@Suite(.needsServers) struct FanoutProtocolTests {
    @Test func `every case within its limits has the outcome that it asks for`() throws {
        try FanoutStage.perform { stage in
            let server = try stage.start([("limit.messages.per.second", "100000"), ("limit.connections.per.second", "0")])
            var peer = WebSocketPeer(port: UInt16(server.port), path: "/ws?channels=public")
            peer.echoes = false
            peer.greetings = 1
            peer.largestMessage = 65_536
            peer.mostFragments = 64
            peer.headerLines = ["Sec-WebSocket-Protocol: outbox.v1"]
            #expect(peer.cases.count > 250)
            for item in peer.cases {
                do { try WebSocketCaseRunner(peer).run(item) } catch { Issue.record("\(item): \(error)") }
            }
            #expect(server.terminate() == .exited(0))
        }
    }
}
