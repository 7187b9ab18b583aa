import Testing
import WebSocket
import WebSocketCases

/// Over real sockets; the case list is said to be the measure of WebSocket servers.
struct ConformanceTests {
    @Test func `every case of the list has the outcome that it asks for`() throws {
        let limit = 16 * 1024 * 1024
        let server = try EchoServer(
            limits: WebSocketLimits(frameBytes: limit, messageBytes: limit, fragments: 1 << 20, unfinishedBytes: 2 * limit))
        defer { server.stop() }
        let peer = WebSocketPeer(port: server.port)
        let runner = WebSocketCaseRunner(peer)
        #expect(peer.cases.count == WebSocketCase.all.count)
        for item in peer.cases {
            do { try runner.run(item) } catch { Issue.record("\(item): \(error)") }
        }
    }

    @Test func `a server that answers instead of echoing, within limits of its own, is tried as well`() throws {
        let server = try EchoServer(limits: WebSocketLimits(frameBytes: 65536, messageBytes: 65536), echoes: false)
        defer { server.stop() }
        var peer = WebSocketPeer(port: server.port, path: "/ws?channels=public")
        peer.echoes = false
        peer.greetings = 1
        peer.largestMessage = 65536
        peer.mostFragments = 64
        peer.headerLines = ["Sec-WebSocket-Protocol: outbox.v1"]
        #expect(peer.cases.count > 250)
        for item in peer.cases {
            do { try WebSocketCaseRunner(peer).run(item) } catch { Issue.record("\(item): \(error)") }
        }
    }

    @Test func `what cases say of their sizes is true`() {
        for item in WebSocketCase.all where item.largestMessage > 100_000 && item.largestMessage <= 1 << 20 {
            let frames = item.steps.flatMap { if case .send(let frames, _) = $0 { frames } else { [] as [WireFrame] } }
            #expect(frames.reduce(0) { $0 + ($1.opcode < 8 ? $1.payload.count : 0) } == item.largestMessage, "\(item)")
        }
    }

    @Test func `the list is complete`() {
        let groups = Dictionary(grouping: WebSocketCase.all) { $0.id.prefix { $0 != "." } }.mapValues(\.count)
        #expect(groups == ["1": 16, "2": 11, "3": 7, "4": 10, "5": 20, "6": 145, "7": 37, "9": 54, "10": 1, "X": 22])
        #expect(Set(WebSocketCase.all.map(\.id)).count == WebSocketCase.all.count)
    }

    @Test func `a server that does it wrong is found out`() throws {
        let server = try EchoServer(limits: WebSocketLimits(frameBytes: 100, messageBytes: 1000))
        defer { server.stop() }
        var peer = WebSocketPeer(port: server.port)
        let runner = WebSocketCaseRunner(peer)
        let tooLarge = try #require(WebSocketCase.all.first { $0.id == "1.1.3" })
        #expect(throws: WebSocketCaseFailure.self) { try runner.run(tooLarge) }
        peer.largestMessage = 100
        #expect(!peer.cases.contains { $0.id == "1.1.3" })
    }
}
