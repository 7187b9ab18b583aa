import CommandLineKit
import RelayCore
import RelayOperations

extension CommandOutput {
    /// A session for a command that needs Kafka as well: settings without brokers are a usage error.
    static func kafkaSession(_ arguments: ParsedArguments) throws -> OperatorSession {
        try OperatorSession(RelayOptions(try CommonOptions.settings(arguments, needsKafka: true)))
    }
}
