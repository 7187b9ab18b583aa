import CommandLineKit

/// What `verify` found out: counts, the first findings of each kind, and what could not be judged.
struct VerificationResult {
    /// Findings of each kind that are kept and shown.
    static let shownFindings = 20

    var rows = 0
    var published = 0
    var waiting = 0
    var dead = 0
    var young = 0
    var unpublishable = 0
    var records = 0
    var foreign = 0
    var repeated = 0
    var beyondRetention = 0
    /// Arrivals against seq that overlapping transactions explain.
    var overlapping = 0
    var passes = 1
    var topics: [String] = []
    var missingTopics: [String] = []
    /// Records before this have no row to expect: published rows are deleted after a while. nil when none can be judged.
    var judgedFrom: Int64?
    var notes: [String] = []
    private(set) var counts: [VerificationFinding.Kind: Int] = [:]
    private(set) var findings: [VerificationFinding] = []

    mutating func add(_ finding: VerificationFinding) {
        let count = counts[finding.kind, default: 0]
        counts[finding.kind] = count + 1
        if count < Self.shownFindings { findings.append(finding) }
    }

    func count(_ kind: VerificationFinding.Kind) -> Int { counts[kind, default: 0] }

    func isClean(_ options: VerificationOptions) -> Bool {
        VerificationFinding.Kind.allCases.allSatisfy {
            count($0) == 0 || ($0 == .duplicate && options.allowsDuplicates)
        }
    }

    func report(_ options: VerificationOptions, table: String) -> Report {
        let isClean = isClean(options)
        var text = Table([("", .left), ("", .right), ("", .left)])
        text.append(["rows in \(table)\(options.range.words)", Quantity.count(rows)])
        text.append(["  published", Quantity.count(published), "have to be in their topics"])
        text.append(["  waiting or in flight", Quantity.count(waiting), "not judged"])
        text.append(["  dead letters", Quantity.count(dead), "outbox-relay dlq list"])
        if young > 0 { text.append(["  younger than --lag", Quantity.count(young), "not judged"]) }
        if unpublishable > 0 { text.append(["  not publishable", Quantity.count(unpublishable), "not judged"]) }
        text.append(["records read", Quantity.count(records), topics.joined(separator: ", ")])
        if foreign > 0 { text.append(["  without an event id", Quantity.count(foreign), "not the relay's"]) }
        if repeated > 0 { text.append(["  again on purpose", Quantity.count(repeated), "replay, dlq retry"]) }
        if beyondRetention > 0 {
            text.append(["older than the topic", Quantity.count(beyondRetention), "beyond its retention, not judged"])
        }
        if overlapping > 0 {
            text.append(["against seq", Quantity.count(overlapping), "overlapping transactions explain it (--strict-order)"])
        }
        for kind in VerificationFinding.Kind.allCases {
            text.append([kind.rawValue.replacing("_", with: " "), Quantity.count(count(kind))])
        }
        var lines = text.render()
        for kind in VerificationFinding.Kind.allCases where count(kind) > 0 {
            lines += "\n\(kind.title)\n"
            for finding in findings where finding.kind == kind { lines += "  \(finding.line)\n" }
            let rest = count(kind) - Self.shownFindings
            if rest > 0 {
                lines += "  and \(Quantity.count(rest)) more\(options.file.map { ", all in \($0)" } ?? " (--out FILE for all)")\n"
            }
        }
        for note in notes { lines += "\nnote: \(note)" }
        if !notes.isEmpty { lines += "\n" }
        lines += isClean ? "\nclean\n" : "\nWRONG\n"
        return Report(text: lines, json: json(isClean), isRight: isClean)
    }

    private func json(_ isClean: Bool) -> JSONValue {
        [
            "clean": JSONValue(isClean), "rows": JSONValue(rows), "published": JSONValue(published),
            "waiting": JSONValue(waiting),
            "dead": JSONValue(dead), "young": JSONValue(young), "unpublishable": JSONValue(unpublishable),
            "records": JSONValue(records), "foreign": JSONValue(foreign), "repeated": JSONValue(repeated),
            "beyond_retention": JSONValue(beyondRetention), "overlapping": JSONValue(overlapping),
            "missing": JSONValue(count(.missing)), "duplicate": JSONValue(count(.duplicate)),
            "out_of_order": JSONValue(count(.outOfOrder)), "unexpected": JSONValue(count(.unexpected)),
            "passes": JSONValue(passes), "topics": .array(topics.map { JSONValue($0) }),
            "missing_topics": .array(missingTopics.map { JSONValue($0) }),
            "judged_from": JSONValue(judgedFrom.map { TimePoint.text($0) }),
            "notes": .array(notes.map { JSONValue($0) }), "findings": .array(findings.map(\.json)),
        ]
    }
}
