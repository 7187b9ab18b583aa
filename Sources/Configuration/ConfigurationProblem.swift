/// One thing that is wrong with the configuration. Its text never holds the value of a secret.
public struct ConfigurationProblem: Equatable, Sendable, CustomStringConvertible {
    /// The setting as the user named it; empty when a whole file or line is meant.
    public let key: String
    /// Where it was set.
    public let place: SettingPlace
    /// What is wrong.
    public let message: String
    /// What would be right; empty when the message says it.
    public let allowed: String

    public init(key: String, place: SettingPlace, message: String, allowed: String = "") {
        self.key = key
        self.place = place
        self.message = message
        self.allowed = allowed
    }

    /// `relay.properties:12: slot.name: "A b" has a character … (allowed: …)`
    public var description: String {
        var text = place == .defaultValue ? "" : "\(place): "
        if !key.isEmpty { text += "\(QuotedText.printable(key)): " }
        text += message
        if !allowed.isEmpty { text += " (allowed: \(allowed))" }
        return text
    }
}
