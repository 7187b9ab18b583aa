import CommandLineKit
import RelayCore

extension Finding {
    /// The finding as every JSON document of ours shows it.
    var json: JSONValue {
        [
            "check": JSONValue(check), "severity": JSONValue(severity.rawValue), "object": JSONValue(object),
            "fact": JSONValue(fact), "remedy": JSONValue(remedy.isEmpty ? nil : remedy),
        ]
    }
}
