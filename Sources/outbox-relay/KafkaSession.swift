import CommandLineKit
import Configuration
import RelayCore
import RelayOperations

extension CommandOutput {
    /// A session for a command that needs Kafka as well: settings without brokers are a usage error.
    static func kafkaSession(_ arguments: ParsedArguments) throws -> OperatorSession {
        let settings = try CommonOptions.settings(arguments)
        do throws(ConfigurationError) { try settings.requireKafka() } catch {
            throw UsageError("\(error)", path: arguments.path)
        }
        return try OperatorSession(RelayOptions(settings))
    }
}
