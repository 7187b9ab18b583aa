import CommandLineKit
import Configuration
import FanoutOperations
import RelayOperations

/// `outbox-fanout token`.
enum TokenCommand {
    private static let day = 86_400

    static var command: Command {
        Command(
            "token", summary: "Prints a token for tests.",
            discussion: """
                Signed with auth.jwt.secret, with the first of auth.jwt.issuer and of auth.jwt.audience. For first steps and tests: in \
                production whoever knows the users makes the tokens. With --json: token, user, channels and expires_at.
                """,
            examples: [
                "outbox-fanout token --user 7 --set auth.jwt.secret.file=secret.txt",
                "outbox-fanout token --user 7 --channels 'order:*,stock:1' --seconds 60 --config fanout.properties",
            ],
            options: [
                OptionSpec("user", value: "ID", help: "Whose token it is: the claim sub. Without it the token names nobody."),
                OptionSpec(
                    "channels", value: "NAMES", help: "Further channels, separated by commas; * at the end for all that begin so."
                ),
                OptionSpec("seconds", value: "N", help: "How long it is valid.", default: "3600"),
            ],
            run: run)
    }

    private static func run(_ arguments: ParsedArguments) throws -> ExitCode {
        let settings = try CommonOptions.settings(arguments, as: FanoutSettings.self)
        let seconds = try arguments.integer("seconds", in: 1...(3_650 * day)) ?? 3_600
        let channels = (arguments.option("channels") ?? "").split(separator: ",").map(String.init)
        let token = try TestToken(settings, user: arguments.option("user"), channels: channels, seconds: seconds)
        Terminal.print(arguments.flag("json") ? token.json.render(pretty: true) : token.text + "\n")
        return .done
    }
}
