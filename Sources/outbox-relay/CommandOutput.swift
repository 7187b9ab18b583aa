import CommandLineKit
import Configuration
import RelayCore
import RelayOperations

/// What the relay's commands need beside that: its address and sessions.
extension CommandOutput {
    static let url = OptionSpec("url", value: "URL", help: "Where the relay listens; http.listen of the settings unless given.")

    static func session(_ arguments: ParsedArguments) throws -> OperatorSession {
        try OperatorSession(RelayOptions(try CommonOptions.settings(arguments)))
    }

    /// The relay's address out of `--url` or the settings; nil when neither names one.
    static func address(_ arguments: ParsedArguments, _ settings: RelaySettings) throws -> StatusAddress? {
        guard let url = arguments.option("url") else { return StatusAddress(settings.httpListen) }
        guard let address = StatusAddress(url: url) else {
            throw UsageError("--url is not http://host:port", path: arguments.path)
        }
        return address
    }
}
