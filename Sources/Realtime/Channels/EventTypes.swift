/// The types of events that a subscription wants: a sorted set of 1 to 64 names.
public struct EventTypes: Hashable, Sendable {
    public static let limit = 64

    /// Sorted, each once.
    public let names: [String]

    /// nil when there is none, more than ``limit``, or one that is no name (1 to 128 bytes, as a channel's).
    public init?(_ names: some Sequence<String>) {
        let names = Set(names.map { Self.normalised($0) })
        guard (1...Self.limit).contains(names.count), names.allSatisfy({ ChannelName.isName($0.utf8) }) else { return nil }
        self.names = names.sorted()
    }

    public func contains(_ type: String) -> Bool { names.contains(type) }

    /// Both spellings of a cancelled order are one type.
    static func normalised(_ type: String) -> String { type == "ORDER_CANCELED" ? "ORDER_CANCELLED" : type }
}
