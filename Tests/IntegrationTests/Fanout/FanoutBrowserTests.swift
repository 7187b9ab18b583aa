import Drills
import LocalServers
import TestSupport
import Testing

/// The program's own page in a real browser.
@Suite(.serialized, .needsServers, .needsBrowser, .sharedBrowser) struct FanoutBrowserTests {
    @Test func `a page resumes without a hole on the instance that takes over from one that was killed`() throws {
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
            let second = try stage.start(port: first.port)
            #expect(try page.events(6) == Array(1...6))
            try stage.write(7...9)
            #expect(try page.events(9) == Array(1...9))
            #expect(try page.text("count-resets") == "0")
            #expect(try page.text("count-duplicates") == "0")
            #expect(second.isRunning)
        }
    }
}
