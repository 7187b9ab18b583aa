/// What the log looks like.
public struct LogSettings: Sendable {
    /// nil: text on a terminal, else JSON.
    public let format: LogFormatSetting?
    public let level: LogLevelSetting
}
