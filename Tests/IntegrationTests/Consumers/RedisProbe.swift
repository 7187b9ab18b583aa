import Glibc
import LocalServers
import ServiceRuntime

/// redis-cli: a second opinion on what is in the server.
struct RedisProbe {
    let port: Int
    var password: String?

    /// The answer without the line's end; an empty text for nil.
    func callAsFunction(_ words: String...) throws -> String {
        var command = ChildCommand("redis-cli", ["-p", String(port)] + words)
        if let password { command.environment["REDISCLI_AUTH"] = password }
        let result = try CommandResult.of(command)
        return String(result.output.prefix { $0 != "\n" })
    }
}
