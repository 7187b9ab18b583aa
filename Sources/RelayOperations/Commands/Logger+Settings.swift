import CommandLineKit
public import Configuration
import Glibc
public import Telemetry

extension Logger {
    /// The logger that the settings ask for: text on a terminal, else JSON, unless they say.
    public init(_ settings: LogSettings, json: Bool = false) {
        let format: LogFormat =
            switch settings.format {
            case .text: .text
            case .json: .json
            case nil: json || !Terminal.isInteractive(STDERR_FILENO) ? .json : .text
            }
        self.init(level: LogLevel(rawValue: settings.level.rawValue) ?? .info, format: format)
    }
}
