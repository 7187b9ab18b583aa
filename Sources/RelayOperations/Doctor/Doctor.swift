public import CommandLineKit
public import Configuration
import RelayCore

/// `doctor`: every startup check and more. Nothing that it does changes anything.
public enum Doctor {
    /// - Parameter progress: called with what is being looked at.
    public static func examine(
        _ settings: RelaySettings, style: TextStyle, progress: (String) -> Void
    ) throws(OperationError) -> Report {
        let options = try RelayOptions(settings)
        var findings = settings.warnings.map { Finding("configuration.warning", .warn, object: "settings", fact: $0) }
        findings.append(
            Finding("configuration.read", .ok, object: "settings", fact: "every setting is known and in its range"))
        progress("asking Postgres")
        findings += DatabaseDiagnosis(options, usesStream: settings.mode != .polling).findings()
        progress("asking the relay")
        if let relay = relay(settings) { findings.append(relay) }
        progress("asking Kafka")
        findings += KafkaDiagnosis(settings, options).findings()
        return DoctorReport.report(findings, style: style)
    }

    /// nil when none answers: most doctors are called before a relay runs.
    private static func relay(_ settings: RelaySettings) -> Finding? {
        guard let address = StatusAddress(settings.httpListen), let answer = try? RelayAnswer.fetch(address) else { return nil }
        let object = "relay at \(address)"
        guard answer.slot == settings.slotName else {
            return Finding(
                "relay.other", .warn, object: object, fact: "it is the relay of another slot, \(answer.slot)",
                remedy: "give this one another http.listen")
        }
        let isWell = answer.isReady || answer.isStandingBy
        let reasons = (answer.document["reasons"]?.texts ?? []).joined(separator: "; ")
        return Finding(
            "relay.ready", isWell ? .ok : .warn, object: object,
            fact: isWell ? "it is \(answer.phase)" : "it is \(answer.phase) and not ready: \(reasons)",
            remedy: isWell ? "" : "its log, and outbox-relay status")
    }
}
