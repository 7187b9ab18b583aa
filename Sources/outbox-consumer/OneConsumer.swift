import CommandLineKit
import ConsumerOperations
import RelayOperations

/// What commands for one consumer have in common.
enum OneConsumer {
    /// Lends a session that Ctrl-C stops between two transactions.
    static func with<Value>(
        _ name: String, _ arguments: ParsedArguments, needsKafka: Bool, _ body: (ConsumerSession) throws -> Value
    ) throws -> Value {
        let settings = try CommonOptions.settings(arguments, needsKafka: needsKafka)
        let interruption = try Interruption()
        return try withExtendedLifetime(interruption) {
            try body(try ConsumerSession(settings, consumer: name, stop: interruption.stop))
        }
    }

    /// Lends sessions of all consumers that have dead letters or parked events.
    static func all<Value>(_ arguments: ParsedArguments, _ body: ([ConsumerSession]) throws -> Value) throws -> Value {
        let settings = try CommonOptions.settings(arguments)
        let interruption = try Interruption()
        return try withExtendedLifetime(interruption) {
            try body(try ConsumerSession.withLetters(settings, stop: interruption.stop))
        }
    }
}
