import Glibc
import LocalServers
import TestSupport
import Testing

/// The page and its client module in a real browser, against a double of the server.
@Suite(.serialized, .needsBrowser, .sharedBrowser) struct BrowserPageTests {
    private let browser: Browser
    private let double: FanoutDouble
    private let page: PageUnderTest

    init() throws {
        browser = try SharedBrowser.get()
        double = try FanoutDouble()
        page = PageUnderTest(browser: browser)
        try browser.open(double.address)
        try page.waitFor(state: "live")
    }

    @Test func `events appear in order`() throws {
        try double.publish(3)
        #expect(try page.events(3) == [1, 2, 3])
        #expect(try page.text("transport") == "websocket")
        #expect(try page.text("count-events") == "3")
        #expect(try page.text("cursor") == "1.double.0.0-4")
    }

    @Test func `nothing of the page comes from elsewhere or fails`() throws {
        let resources =
            try browser.run("return performance.getEntriesByType('resource').map((entry) => entry.name)") as? [String] ?? []
        #expect(resources.count >= 3)
        #expect(resources.allSatisfy { $0.hasPrefix(double.address) || $0.hasPrefix("data:") }, "\(resources)")
        let width = try browser.run("return document.documentElement.scrollWidth <= window.innerWidth")
        #expect(width as? Bool == true)
    }

    @Test(arguments: [1012, 0, 1001, 4008, 1011]) func `the server ends the stream and the page resumes without a hole`(code: Int)
        throws
    {
        try double.publish(5)
        try page.events(5)
        try double.cut(code: code)
        try double.publish(7)
        #expect(try page.events(12) == Array(1...12))
        try double.publish(1)
        #expect(try page.events(13) == Array(1...13))
        #expect(try page.text("count-reconnects") == "1")
        #expect(try page.text("count-duplicates") == "0")
        #expect(try page.notes().contains { $0.contains("Resumed") })
    }

    @Test func `the reader cuts off and resumes`() throws {
        try double.publish(2)
        try page.events(2)
        try browser.click("#cut")
        try page.waitFor(state: "offline")
        try double.wait("the end of the stream") { $0.websocket == 0 }
        try double.publish(4)
        #expect(try page.numbers() == [1, 2])
        try browser.click("#resume")
        #expect(try page.events(6) == Array(1...6))
    }

    @Test func `what cannot be resumed is shown as a reset`() throws {
        try double.set("ring", "2")
        try double.publish(2)
        try page.events(2)
        try browser.click("#cut")
        try double.wait("the end of the stream") { $0.websocket == 0 }
        try double.publish(5)
        try browser.click("#resume")
        try page.waitFor(state: "live")
        try double.publish(1)
        #expect(try page.events(3) == [1, 2, 8])
        #expect(try page.notes().contains { $0.contains("Reset") })
        #expect(try page.text("count-resets") == "1")
    }

    @Test func `the reader subscribes, unsubscribes and filters`() throws {
        try browser.click("main summary")
        try browser.type("order:42 secret:1", into: "#channel")
        try browser.click("#channel-form button[type=submit]")
        try double.wait("the subscription") { $0.subscribed == ["order:42", "public"] }
        try double.publish(1, channel: "order:42")
        try double.publish(1, channel: "order:7")
        try double.publish(1)
        #expect(try page.events(2) == [1, 3])
        #expect(try page.notes().contains { $0.contains("a channel is not yours: secret:1") })
        // What was subscribed stays so after a cut.
        try double.cut()
        try double.wait("the new stream") { $0.served == 2 && $0.websocket == 1 }
        try double.publish(1, channel: "order:42")
        #expect(try page.events(3) == [1, 3, 4])
        try browser.type("order:42", into: "#channel")
        try browser.click("#unsubscribe")
        try double.wait("the end of the subscription") { $0.subscribed == ["public"] }
        try browser.type("A, B", into: "#types")
        try browser.click("#types-form button[type=submit]")
        try double.wait("the new stream") { $0.served == 3 && $0.websocket == 1 }
        try double.publish(1, type: "C")
        try double.publish(1, type: "B")
        #expect(try page.events(4) == [1, 3, 4, 6])
    }

    @Test func `without WebSocket the page goes on by SSE`() throws {
        try double.publish(2)
        try page.events(2)
        try double.set("ws", "off")
        try double.cut(code: 1011)
        try double.publish(2)
        #expect(try page.events(4) == [1, 2, 3, 4])
        #expect(try page.text("transport") == "sse")
        try double.cut(code: 1012)
        try double.publish(2)
        #expect(try page.events(6) == Array(1...6))
    }

    @Test func `two tabs share one connection, and the second takes over when the first is closed`() throws {
        let first = try browser.currentTab()
        try page.waitFor(role: "leader")
        try double.publish(2)
        try page.events(2)
        let second = try browser.openTab(double.address)
        try page.waitFor(role: "follower")
        try page.waitFor(state: "live")
        #expect(try double.status().websocket == 1)
        try double.publish(3)
        #expect(try page.events(3) == [3, 4, 5])
        try browser.select(first)
        #expect(try page.events(5) == Array(1...5))

        try browser.close(first, then: second)
        try double.publish(3)
        #expect(try page.events(6) == Array(3...8))
        try page.waitFor(role: "leader")
        try page.waitFor(state: "live")
        try double.publish(2)
        #expect(try page.events(8) == Array(3...10))
        #expect(try double.status().websocket == 1)
        #expect(try page.text("count-resets") == "0")
    }

    /// Events all the time, while streams break without a word and the tab that leads is closed, three times over.
    @Test func `whatever happens, the tab that remains has every event once and in order`() throws {
        let rounds = 3
        try double.set("flow", "150")
        var tabs = [try browser.currentTab()]
        for _ in 0..<rounds {
            tabs.append(try browser.openTab(double.address))
            try page.waitFor(state: "live")
        }
        let last = tabs.removeLast()
        for leader in tabs {
            usleep(300_000)
            try double.cut(code: 0)
            usleep(500_000)
            try browser.close(leader, then: last)
            try page.waitFor(state: "live")
        }
        try double.cut(code: 1012)
        try page.waitFor(state: "live")
        try double.set("flow", "0")
        let end = try double.status().last
        try browser.wait("the last event", for: "return Number(document.querySelector('#feed li').dataset.id?.slice(-12) ?? 0)") {
            $0 == end
        }
        let numbers = try page.numbers()
        #expect(numbers == Array((numbers.first ?? 0)...end))
        #expect(numbers.count > 100)
        #expect(try page.text("count-resets") == "0")
        #expect(try double.status().websocket == 1)
    }

    @Test func `a tab that cuts off cuts all, because the connection is one`() throws {
        let first = try browser.currentTab()
        let second = try browser.openTab(double.address)
        try page.waitFor(role: "follower")
        try page.waitFor(state: "live")
        try browser.click("#cut")
        try page.waitFor(state: "offline")
        try double.publish(3)
        try browser.click("#resume")
        #expect(try page.events(3) == [1, 2, 3])
        try browser.close(second, then: first)
        #expect(try page.events(3) == [1, 2, 3])
    }
}
