/// What happens to an event that cannot be published.
public struct DeadLetterSettings: Sendable {
    public let action: DeadLetterAction
    /// Where it goes; no prefix is put before it.
    public let topic: String
}
