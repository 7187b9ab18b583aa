import OutboxModel
import PostgresClient
import RelayCore

enum RelayOptionsSample {
    /// The defaults, for a database that is never connected to.
    static func options(_ change: (inout RelayOptions) -> Void = { _ in }) -> RelayOptions {
        guard let routing = try? RoutingPolicy(defaultTopic: "default.events", deadLetterTopic: "deadletter.events") else {
            preconditionFailure("the sample's topics are valid")
        }
        var options = RelayOptions(postgres: ConnectionSettings(dsn: "", applicationName: "relay"), routing: routing)
        change(&options)
        return options
    }
}
