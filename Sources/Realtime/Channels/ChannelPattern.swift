/// What a token allows beside a user's own channels: one name, or with a trailing `*` every name with that beginning.
public struct ChannelPattern: Hashable, Sendable, CustomStringConvertible {
    /// Without the star.
    private let stem: String
    private let isPrefix: Bool

    /// nil when the text is neither a name nor the beginning of one with a star. A star alone is every channel.
    public init?(_ text: some StringProtocol) {
        isPrefix = text.hasSuffix("*")
        stem = String(isPrefix ? text.dropLast() : text[...])
        guard ChannelName.isName(stem.utf8) || (isPrefix && stem.isEmpty) else { return nil }
    }

    public var description: String { isPrefix ? stem + "*" : stem }

    public func matches(_ channel: ChannelName) -> Bool {
        isPrefix ? channel.text.utf8.starts(with: stem.utf8) : channel.text == stem
    }
}
