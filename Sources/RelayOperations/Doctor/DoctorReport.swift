public import CommandLineKit
public import RelayCore

/// Findings as a page: grouped, each with its remedy, and a line that sums up. Pure.
public enum DoctorReport {
    /// The first word of a check's name is its group; in this order.
    static let groups: [(word: String, title: String)] = [
        ("configuration", "Configuration"), ("connection", "Connection"), ("server", "Server"), ("role", "Role"),
        ("table", "Table"), ("publication", "Publication"), ("slot", "Slot"), ("checkpoint", "Checkpoint"),
        ("bookkeeping", "Bookkeeping"), ("start", "Next start"), ("relay", "Running relay"), ("kafka", "Kafka"),
        ("topic", "Topics"),
    ]

    public static func report(_ findings: [Finding], style: TextStyle = TextStyle(enabled: false)) -> Report {
        func count(_ severity: Finding.Severity) -> Int { findings.count { $0.severity == severity } }
        var text = ""
        var shown = 0
        for (title, members) in grouped(findings) {
            text += (text.isEmpty ? "" : "\n") + style.strong(title) + "\n"
            for finding in members {
                text += line(finding, style)
                shown += 1
            }
        }
        let (warnings, failures) = (count(.warn), count(.fail))
        let sum = "\(count(.ok)) ok, \(warnings) to look at, \(failures) failed"
        text += "\n" + (failures > 0 ? style.bad(sum) : warnings > 0 ? style.warning(sum) : style.good(sum)) + "\n"
        let document: JSONValue = [
            "healthy": JSONValue(failures == 0), "ok": JSONValue(count(.ok)), "warn": JSONValue(warnings),
            "fail": JSONValue(failures),
            "findings": .array(findings.map(\.json)),
        ]
        return Report(text: text, json: document, isRight: failures == 0)
    }

    private static func line(_ finding: Finding, _ style: TextStyle) -> String {
        let mark =
            switch finding.severity {
            case .ok: style.good("ok  ")
            case .warn: style.warning("warn")
            case .fail: style.bad("FAIL")
            }
        let words = TerminalText.printable("\(finding.object): \(finding.fact)")
        let remedy = finding.remedy.isEmpty ? "" : "        remedy: \(TerminalText.printable(finding.remedy))\n"
        return "  \(mark)  \(words)\n" + remedy
    }

    /// Groups in their order; what belongs to none comes last.
    static func grouped(_ findings: [Finding]) -> [(title: String, findings: [Finding])] {
        func word(_ finding: Finding) -> String { String(finding.check.prefix { $0 != "." }) }
        var result: [(title: String, findings: [Finding])] = []
        for group in groups {
            let members = findings.filter { word($0) == group.word }
            if !members.isEmpty { result.append((group.title, members)) }
        }
        let rest = findings.filter { finding in !groups.contains { $0.word == word(finding) } }
        if !rest.isEmpty { result.append(("Other", rest)) }
        return result
    }
}
