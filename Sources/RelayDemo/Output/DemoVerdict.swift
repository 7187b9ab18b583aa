import CommandLineKit

/// How a demo came out.
public struct DemoVerdict: Sendable {
    /// What a browser got of the events for browsers.
    public struct Browser: Sendable {
        public let counts: DeliveryCounts
        /// Commit to browser, in ms; nil when nothing arrived.
        public let p50Milliseconds: Double?
        public let p99Milliseconds: Double?

        public init(counts: DeliveryCounts, p50Milliseconds: Double?, p99Milliseconds: Double?) {
            self.counts = counts
            self.p50Milliseconds = p50Milliseconds
            self.p99Milliseconds = p99Milliseconds
        }
    }

    /// Of all events, those for browsers included, as a consumer of Kafka got them.
    public let counts: DeliveryCounts
    /// Nil without a fan-out.
    public let browser: Browser?
    /// Commit to consumer, in ms; nil when nothing arrived.
    public let p50Milliseconds: Double?
    public let p99Milliseconds: Double?
    /// For how long orders were written, in seconds.
    public let seconds: Double

    public init(
        counts: DeliveryCounts, p50Milliseconds: Double?, p99Milliseconds: Double?, seconds: Double, browser: Browser? = nil
    ) {
        self.counts = counts
        self.browser = browser
        self.p50Milliseconds = p50Milliseconds
        self.p99Milliseconds = p99Milliseconds
        self.seconds = seconds
    }

    public var isClean: Bool { counts.isClean && browser?.counts.isClean ?? true }

    /// One sentence.
    public var sentence: String {
        if isClean { return "clean: what was committed arrived once and in order, what was rolled back did not" }
        var faults = counts.written == 0 ? ["nothing was written"] : Self.faults(counts, "")
        if let browser { faults += Self.faults(browser.counts, " in the browser") }
        return "not clean: " + faults.joined(separator: ", ")
    }

    private static func faults(_ counts: DeliveryCounts, _ place: String) -> [String] {
        [
            (counts.missing, "committed events did not arrive"), (counts.duplicates, "arrived again"),
            (counts.orderViolations, "arrived out of order"), (counts.rolledBackSeen, "rolled-back events arrived"),
            (counts.unknown, "arrived that nobody wrote"),
        ].filter { $0.0 > 0 }.map { "\(NumberText.count($0.0)) \($0.1)\(place)" }
    }

    /// Written events per second.
    private var rate: Int { seconds > 0 ? Int((Double(counts.written) / seconds).rounded()) : 0 }

    /// The table for people.
    func render(_ style: TextStyle) -> String {
        let rows: [(name: String, count: Int, note: String, isGood: Bool)] =
            [
                ("written", counts.written, "committed, \(NumberText.count(rate)) events/s", counts.written > 0),
                ("delivered", counts.delivered, "", counts.missing == 0),
                ("duplicates", counts.duplicates, "", counts.duplicates == 0),
                ("order violations", counts.orderViolations, "per key", counts.orderViolations == 0),
                (
                    "rolled-back events seen", counts.rolledBackSeen,
                    "of \(NumberText.count(counts.rolledBack)) written and taken back", counts.rolledBackSeen == 0
                ),
                ("unknown events seen", counts.unknown, "", counts.unknown == 0),
            ].filter { $0.0 != "unknown events seen" || $0.1 > 0 } + browserRows
        var table = Table([("", .left), ("", .right), ("", .left)])
        for row in rows { table.append([row.name, NumberText.count(row.count), row.note]) }
        table.append(["commit to consumer, p50", NumberText.milliseconds(p50Milliseconds)])
        table.append(["commit to consumer, p99", NumberText.milliseconds(p99Milliseconds)])
        if let browser {
            table.append(["commit to browser, p50", NumberText.milliseconds(browser.p50Milliseconds)])
            table.append(["commit to browser, p99", NumberText.milliseconds(browser.p99Milliseconds)])
        }
        return table.render { text, row, column in
            if column == 2 { return style.quiet(text) }
            guard column == 1, row < rows.count else { return text }
            return rows[row].isGood ? style.good(text) : style.bad(text)
        }
    }

    private var browserRows: [(name: String, count: Int, note: String, isGood: Bool)] {
        guard let counts = browser?.counts else { return [] }
        let note = "of \(NumberText.count(counts.written)) for browsers, by outbox-fanout"
        return [("in the browser", counts.delivered, note, counts.isClean)]
    }

    /// To three digits behind the point.
    private static func microseconds(_ milliseconds: Double?) -> Double? {
        milliseconds.map { ($0 * 1000).rounded() / 1000 }
    }

    /// The members for programs.
    var members: [JSONValue.Member] {
        [.init("clean", JSONValue(isClean)), .init("seconds", JSONValue(seconds))]
            + Self.members(counts, p50Milliseconds, p99Milliseconds)
            + [
                .init(
                    "browser", browser.map { .object(Self.members($0.counts, $0.p50Milliseconds, $0.p99Milliseconds)) } ?? .null)
            ]
    }

    private static func members(_ counts: DeliveryCounts, _ p50: Double?, _ p99: Double?) -> [JSONValue.Member] {
        [
            .init("written", JSONValue(counts.written)), .init("delivered", JSONValue(counts.delivered)),
            .init("duplicates", JSONValue(counts.duplicates)), .init("order_violations", JSONValue(counts.orderViolations)),
            .init("rolled_back", JSONValue(counts.rolledBack)), .init("rolled_back_seen", JSONValue(counts.rolledBackSeen)),
            .init("unknown", JSONValue(counts.unknown)), .init("delivery_p50_ms", JSONValue(microseconds(p50))),
            .init("delivery_p99_ms", JSONValue(microseconds(p99))),
        ]
    }
}
