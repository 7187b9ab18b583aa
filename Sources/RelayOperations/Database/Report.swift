public import CommandLineKit

/// What a command found out: for people, for programs, and whether it is as it should be.
public struct Report: Sendable {
    /// Lines, each ended by a newline.
    public let text: String
    public let json: JSONValue
    /// False leads to exit code 3.
    public let isRight: Bool

    public init(text: String, json: JSONValue, isRight: Bool = true) {
        self.text = text
        self.json = json
        self.isRight = isRight
    }
}
