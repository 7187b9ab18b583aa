import CommandLineKit
import Configuration
import RelayOperations

extension CommonOptions {
    /// What the relay is told.
    static func settings(_ arguments: ParsedArguments, needsKafka: Bool = false) throws -> RelaySettings {
        try settings(arguments, needsKafka: needsKafka, as: RelaySettings.self)
    }
}
