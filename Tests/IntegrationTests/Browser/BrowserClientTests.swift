import Foundation
import LocalServers
import TestSupport
import Testing

/// What the client module does for a page that uses it, in a real browser, against a double of the server.
@Suite(.serialized, .needsBrowser, .sharedBrowser) struct BrowserClientTests {
    private let browser: Browser
    private let double: FanoutDouble

    init() throws {
        browser = try SharedBrowser.get()
        double = try FanoutDouble()
        try browser.open(double.blank)
        try prepare()
    }

    /// Loads the module and makes `make(options)`, which notes everything that its client reports.
    private func prepare() throws {
        try browser.runAsync(
            """
            const { OutboxClient } = await import("/outbox-client.js");
            window.OutboxClient = OutboxClient;
            window.make = (options) => {
                const client = new OutboxClient({ url: "/", ...options });
                window.client = client;
                Object.assign(window, { got: [], states: [], errors: [], resets: [] });
                client.addEventListener("event", (e) => got.push(e.detail.event.payload.number));
                client.addEventListener("state", (e) => states.push(e.detail));
                client.addEventListener("error", (e) => errors.push(e.detail.code));
                client.addEventListener("reset", (e) => resets.push(e.detail.reason));
                client.start();
            };
            """)
    }

    private func got(_ count: Int) throws -> [Int] {
        try browser.wait("\(count) events", for: "return got") { (found: [Int]) in found.count >= count }
    }

    private func waitFor(_ condition: String) throws {
        try browser.wait(condition, for: "return Boolean(\(condition))") { (found: Bool) in found }
    }

    @Test func `a connection without heartbeat is given up`() throws {
        try browser.run("make({ pingInterval: 300, share: false })")
        try waitFor("client.state === 'live'")
        // Pings are answered: it lives on.
        usleep(1_500_000)
        #expect(try double.status().served == 1)
        try double.set("ws", "mute")
        try waitFor("states.some((s) => s.reason === 'no heartbeat')")
        try double.set("ws", "on")
        try double.publish(2)
        #expect(try got(2) == [1, 2])
    }

    @Test func `the token is renewed in place before it ends`() throws {
        try double.set("expires", "2")
        try browser.run("let n = 0; make({ share: false, refreshBefore: 1000, token: async () => `t${++n}` })")
        try double.wait("three tokens") { $0.tokens.count >= 3 }
        let status = try double.status()
        #expect(status.tokens.prefix(3) == ["t1", "t2", "t3"])
        #expect(status.served == 1)
    }

    @Test func `by SSE the token is renewed by a new stream from the cursor`() throws {
        try double.set("expires", "2")
        try browser.run(
            "let n = 0; make({ share: false, transports: ['sse'], refreshBefore: 1000, token: async () => `t${++n}` })")
        try waitFor("client.state === 'live'")
        try double.publish(1)
        try double.wait("three tokens") { $0.tokens.count >= 3 }
        try double.publish(1)
        #expect(try got(2) == [1, 2])
    }

    @Test(arguments: ["websocket", "sse"])
    func `a clock that is wrong does not make it fetch tokens without end`(transport: String) throws {
        // By this browser's clock what the server takes has expired an hour ago.
        try double.set("expires", "-3600")
        try browser.run(
            "window.n = 0; make({ share: false, transports: ['\(transport)'], token: async () => `t${++n}` })")
        try waitFor("client.state === 'live'")
        for _ in 0..<50 { try double.publish(1) }
        #expect(try got(50) == Array(1...50))
        #expect(try browser.run("return n") as? Int == 1)
    }

    @Test func `an expired token is replaced, and without a callback the client stops`() throws {
        try browser.run("let n = 0; make({ share: false, token: async () => `t${++n}` })")
        try waitFor("client.state === 'live'")
        try double.cut(code: 4001)
        try double.wait("another token") { $0.tokens == ["t1", "t2"] && $0.websocket == 1 }
        try browser.run("client.close(); make({ share: false, token: 'only' })")
        try waitFor("client.state === 'live'")
        try double.cut(code: 4001)
        try waitFor("client.state === 'closed'")
        #expect(try browser.run("return errors") as? [String] == ["token"])
    }

    @Test(arguments: ["websocket", "sse"])
    func `who has left every channel is in none after a reconnect either`(transport: String) throws {
        try browser.run("make({ share: false, transports: ['\(transport)'], channels: ['order:1'], firstRetry: 50 })")
        try waitFor("client.state === 'live'")
        try browser.run("client.unsubscribe('order:1')")
        try double.cut(code: 0)
        try waitFor("client.counts.reconnects > 0 && client.state === 'live'")
        try double.publish(1)
        try browser.run("client.subscribe('order:1')")
        try double.wait("the channel alone") { $0.subscribed == ["order:1"] }
        try double.publish(1)
        try double.publish(1, channel: "order:1")
        #expect(try got(1) == [3])
    }

    @Test func `a token that expired while it was away is replaced, also without SSE`() throws {
        try double.set("token", "t1")
        try browser.run(
            "let n = 0; make({ share: false, transports: ['websocket'], firstRetry: 50, token: async () => `t${++n}` })")
        try waitFor("client.state === 'live'")
        try double.set("token", "t2")
        try double.cut(code: 0)
        try double.wait("the new token") { $0.tokens.last == "t2" && $0.websocket == 1 }
        #expect(try double.status().tokens == ["t1", "t1", "t2"])
    }

    @Test(arguments: ["websocket", "sse"]) func `who was sent away for good does not come back`(transport: String) throws {
        try browser.run("make({ share: false, transports: ['\(transport)'] })")
        try waitFor("client.state === 'live'")
        try double.cut(code: 4003)
        try waitFor("client.state === 'closed'")
        #expect(try double.status().served == 1)
    }

    @Test func `a refusal before the upgrade is found out by SSE`() throws {
        try double.set("token", "right")
        try browser.run("make({ share: false, token: 'wrong', firstRetry: 50 })")
        try waitFor("client.state === 'closed' && errors.includes('token')")
        #expect(try double.status().served == 0)
        try browser.run("make({ share: false, token: 'right' })")
        try waitFor("client.state === 'live'")
    }

    @Test func `the server says when to come back`() throws {
        try browser.run("make({ share: false })")
        try waitFor("client.state === 'live'")
        try double.set("reconnect", "1500")
        try double.cut()
        try waitFor("states.some((s) => s.state === 'offline' && s.retryIn === 1500)")
        try waitFor("client.state === 'live'")
    }

    @Test func `retries are spread over a time that grows`() throws {
        try browser.run("make({ share: false, transports: ['websocket'], firstRetry: 40, longestRetry: 200 })")
        try waitFor("client.state === 'live'")
        try double.set("ws", "off")
        try double.cut(code: 0)
        try waitFor("states.filter((s) => s.state === 'offline').length >= 12")
        let waits = try #require(
            try browser.run("return states.filter((s) => s.state === 'offline').map((s) => s.retryIn)") as? [Double])
        #expect(waits.allSatisfy { $0 <= 200 } && waits[0] <= 40 && waits[1] <= 80)
        #expect(Set(waits).count > 3)
        try double.set("ws", "on")
        try waitFor("client.state === 'live'")
    }

    @Test func `events wait while a reset loads the page's state`() throws {
        try double.set("ring", "1")
        try double.publish(5)
        try browser.run(
            """
            window.order = [];
            make({
                share: false, cursor: "1.double.0.0-1",
                onReset: async () => { order.push("load"); await new Promise((done) => { window.loaded = done; }); order.push("loaded"); },
            });
            client.addEventListener("event", (e) => order.push(e.detail.event.payload.number));
            """)
        try waitFor("order.length === 1")
        try double.publish(2)
        usleep(300_000)
        #expect(try browser.run("return order.length") as? Int == 1)
        try browser.run("loaded()")
        try waitFor("order.length === 4")
        #expect(try browser.run("return order.join()") as? String == "load,loaded,6,7")
    }

    @Test func `a page fetches the cursor first, then its state, and misses nothing`() throws {
        try double.publish(3)
        try browser.runAsync("window.cursor = await OutboxClient.firstCursor({ url: '/' })")
        try double.publish(2)
        try browser.run("make({ cursor })")
        #expect(try got(2) == [4, 5])
    }

    @Test(arguments: ["websocket", "sse"]) func `in quiet times the cursor moves on, for all tabs`(transport: String) throws {
        let first = try browser.currentTab()
        try browser.run("make({ transports: ['\(transport)'] })")
        try waitFor("client.state === 'live' && client.role === 'leader'")
        let second = try browser.openTab(double.blank)
        try prepare()
        try browser.run("make({ transports: ['\(transport)'] })")
        try waitFor("client.state === 'live' && client.role === 'follower'")
        try double.publish(100, channel: "order:1")
        try double.tell()
        try double.set("ring", "1")
        try double.publish(1)
        #expect(try got(1) == [101])
        try browser.close(first, then: second)
        try waitFor("client.role === 'leader' && client.state === 'live'")
        try double.publish(30, channel: "order:1")
        try double.tell()
        try waitFor("client.cursor === '1.double.0.0-3o'")
        try double.cut(code: 0)
        try double.publish(1)
        #expect(try got(2) == [101, 132])
        #expect(try browser.run("return resets.length") as? Int == 0)
    }

    @Test func `a second tab with a cursor of its own gets what came since, then shares`() throws {
        let first = try browser.currentTab()
        try browser.run("make({})")
        try waitFor("client.state === 'live' && client.role === 'leader'")
        try double.publish(2)
        _ = try got(2)
        let second = try browser.openTab(double.blank)
        try prepare()
        try browser.run("make({ cursor: '1.double.0.0-2' })")
        #expect(try got(1) == [2])
        try double.publish(2)
        #expect(try got(3) == [2, 3, 4])
        try double.wait("one connection") { $0.websocket == 1 }
        #expect(try browser.run("return client.role") as? String == "follower")
        try double.publish(2)
        #expect(try got(5) == [2, 3, 4, 5, 6])
        try browser.close(second, then: first)
        #expect(try got(6) == Array(1...6))
    }

    @Test func `a tab that comes with a cursor while events flow has no hole where the streams meet`() throws {
        let first = try browser.currentTab()
        try browser.run("make({})")
        try waitFor("client.state === 'live' && client.role === 'leader'")
        try double.set("flow", "200")
        let second = try browser.openTab(double.blank)
        try prepare()
        try browser.runAsync("window.cursor = await OutboxClient.firstCursor({ url: '/' })")
        usleep(300_000)
        try browser.run("make({ cursor })")
        try waitFor("client.role === 'follower' && client.catchingUp === null && got.length > 1200")
        try double.set("flow", "0")
        try double.wait("one connection") { $0.websocket == 1 }
        let end = try double.status().last
        try waitFor("got.at(-1) === \(end)")
        let numbers = try got(1)
        #expect(numbers == Array((numbers.first ?? 0)...end))
        let begin = try browser.run("return parseInt(cursor.split('-')[1], 36)") as? Int
        #expect(numbers.first == begin)
        try browser.close(second, then: first)
    }

    @Test func `each tab gets what it asked for, on one connection`() throws {
        let first = try browser.currentTab()
        try browser.run("make({ channels: ['order:1'] })")
        try waitFor("client.state === 'live'")
        let second = try browser.openTab(double.blank)
        try prepare()
        try browser.run("make({ channels: ['order:2', 'order:3'], types: ['A'] })")
        try double.wait("all channels") { $0.subscribed == ["order:1", "order:2", "order:3"] && $0.websocket == 1 }
        for (channel, type) in [("order:1", "A"), ("order:2", "A"), ("order:2", "B"), ("order:4", "A"), ("order:3", "A")] {
            try double.publish(1, channel: channel, type: type)
        }
        #expect(try got(2) == [2, 5])
        try browser.select(first)
        #expect(try got(1) == [1])
        try browser.close(second, then: first)
        try double.wait("the others' channels to go") { $0.subscribed == ["order:1"] }
    }

    @Test func `both spellings of a cancelled order are one type for a tab as well`() throws {
        let first = try browser.currentTab()
        try browser.run("make({})")
        try waitFor("client.state === 'live'")
        let second = try browser.openTab(double.blank)
        try prepare()
        try browser.run("make({ types: ['ORDER_CANCELLED'] })")
        try waitFor("client.role === 'follower' && client.state === 'live'")
        for type in ["A", "ORDER_CANCELED", "ORDER_CANCELLED"] { try double.publish(1, type: type) }
        #expect(try got(2) == [2, 3])
        try browser.close(second, then: first)
    }

    @Test func `users do not share, and a lead can be taken from a tab that sleeps`() throws {
        let token = { (user: String) in
            "x.\(Data("{\"sub\":\"\(user)\"}".utf8).base64EncodedString().replacingOccurrences(of: "=", with: "")).y"
        }
        let first = try browser.currentTab()
        try browser.run("make({ token: '\(token("7"))' })")
        try waitFor("client.state === 'live'")
        let second = try browser.openTab(double.blank)
        try prepare()
        try browser.run("make({ token: '\(token("8"))' })")
        try waitFor("client.state === 'live'")
        #expect(try double.status().websocket == 2)
        try browser.run("client.close(); make({ token: '\(token("7"))' })")
        try waitFor("client.role === 'follower' && client.state === 'live'")
        try double.wait("one connection") { $0.websocket == 1 }
        // As a frozen tab: its messages are not answered.
        try browser.select(first)
        try browser.run("client.bus.onmessage = null; client.post = () => {}")
        try browser.select(second)
        try browser.run("client.heard -= 60000; client.watchLeader('outbox:' + client.options.url + ':7')")
        try waitFor("client.heard < Date.now() - 4500")
        try browser.run(
            "client.heard -= 60000; client.asked = client.heard + 1; client.watchLeader('outbox:' + client.options.url + ':7')")
        try waitFor("client.role === 'leader' && client.state === 'live'")
        try double.wait("one connection") { $0.websocket == 1 }
        try double.publish(2)
        #expect(try got(2) == [1, 2])
        try browser.close(second, then: first)
    }
}
