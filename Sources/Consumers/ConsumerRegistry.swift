public import Configuration
public import ConsumerKit
public import PostgresClient

/// All consumers that this project has, made from the settings.
public enum ConsumerRegistry {
    /// Every consumer whose settings are complete, in the order in which they are listed; `absent` says of the others why.
    ///
    /// - Parameter database: where effects are written, for consumers that keep records outside the batch's transaction.
    public static func all(
        _ settings: ConsumerSettings, database: ConnectionSettings
    ) throws(RegistryError) -> (present: [any EventConsumer], absent: [(name: String, reason: String)]) {
        let present: [any EventConsumer] = []
        let absent: [(name: String, reason: String)] = []
        return (present, absent)
    }
}
