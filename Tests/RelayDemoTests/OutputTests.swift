import RelayDemo
import Testing

@Suite struct `Demo output` {
    @Test func `indents JSON and leaves its tokens as they came`() {
        let lines = JSONIndent.lines(#"{"b": 1.50,"a":[true, "x, {\" y"],"n":{}}"#)
        #expect(
            lines == [
                "{", #"  "b": 1.50,"#, #"  "a": ["#, "    true,", #"    "x, {\" y""#, "  ],", #"  "n": {"#, "  }", "}",
            ])
    }

    @Test(arguments: ["plain text", "", "12"]) func `leaves what is no object as it is`(text: String) {
        #expect(JSONIndent.lines(text) == [text])
    }

    @Test func `names every fault of a verdict that is not clean`() {
        var counts = DeliveryCounts()
        counts.written = 5
        counts.delivered = 3
        counts.duplicates = 1
        counts.orderViolations = 1_234
        counts.rolledBackSeen = 2
        let verdict = DemoVerdict(counts: counts, p50Milliseconds: nil, p99Milliseconds: nil, seconds: 1)
        #expect(!verdict.isClean)
        #expect(
            verdict.sentence
                == "not clean: 2 committed events did not arrive, 1 arrived again, 1,234 arrived out of order, 2 rolled-back events arrived"
        )
    }

    @Test func `names what is wrong in the browser, where the consumer got everything`() {
        var counts = DeliveryCounts()
        counts.written = 5
        counts.delivered = 5
        var inBrowser = DeliveryCounts()
        inBrowser.written = 3
        inBrowser.delivered = 2
        inBrowser.rolledBackSeen = 1
        func verdict(_ browser: DeliveryCounts?) -> DemoVerdict {
            DemoVerdict(
                counts: counts, p50Milliseconds: 1, p99Milliseconds: 2, seconds: 1,
                browser: browser.map { .init(counts: $0, p50Milliseconds: 3, p99Milliseconds: 4) })
        }
        #expect(verdict(nil).isClean)
        #expect(!verdict(inBrowser).isClean)
        #expect(
            verdict(inBrowser).sentence
                == "not clean: 1 committed events did not arrive in the browser, 1 rolled-back events arrived in the browser")
    }
}
