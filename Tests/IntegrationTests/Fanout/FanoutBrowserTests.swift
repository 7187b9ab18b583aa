import Drills
import LocalServers
import ServiceRuntime
import TestSupport
import Testing

/// The program's own page in a real browser: events come out of a database, and instances go away.
@Suite(.serialized, .needsServers, .needsBrowser, .sharedBrowser) struct FanoutBrowserTests {
    @Test func `a page resumes without a hole on the other instance, whether its own is killed or stopped`() throws {
        let browser = try SharedBrowser.get()
        try FanoutStage.perform(partitions: 1, hasRelay: true) { stage in
            let first = try stage.start()
            let second = try stage.start()
            // What a load balancer is to a browser: one address.
            let balancer = try WireProxy(target: first.port, isPostgres: false)
            defer { balancer.shutDown() }
            let page = PageUnderTest(browser: browser)
            try browser.open("http://127.0.0.1:\(balancer.port)/")
            try page.waitFor(state: "live")
            #expect(try page.text("transport") == "websocket")
            try stage.commit(1...3)
            #expect(try page.events(3) == [1, 2, 3])

            balancer.redirect(to: second.port)
            first.kill()
            try stage.commit(4...6)
            #expect(try page.events(6) == Array(1...6))

            // A new one, which has its history out of the topic, while the other is stopped.
            let third = try stage.start()
            balancer.redirect(to: third.port)
            try stage.commit(7...8)
            #expect(second.terminate() == .exited(0))
            try stage.commit(9...9)
            #expect(try page.events(9) == Array(1...9))
            try page.waitFor(state: "live")
            #expect(try page.text("count-reconnects") == "2")
            #expect(try page.text("count-resets") == "0")
            #expect(try page.text("count-duplicates") == "0")
            #expect(try page.notes().contains { $0.contains("Resumed") })
        }
    }

    @Test func `a page resumes on the instance that takes the place of one that was killed`() throws {
        let browser = try SharedBrowser.get()
        try FanoutStage.perform(partitions: 1) { stage in
            let first = try stage.start()
            let page = PageUnderTest(browser: browser)
            try browser.open("http://127.0.0.1:\(first.port)/")
            try page.waitFor(state: "live")
            try stage.write(1...3)
            #expect(try page.events(3) == [1, 2, 3])
            first.kill()
            try stage.write(4...6)
            try stage.start(port: first.port)
            #expect(try page.events(6) == Array(1...6))
            try stage.write(7...9)
            #expect(try page.events(9) == Array(1...9))
            #expect(try page.text("count-resets") == "0")
            #expect(try page.text("count-duplicates") == "0")
        }
    }
}
