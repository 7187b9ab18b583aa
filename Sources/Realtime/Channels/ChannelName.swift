/// The name of a channel: 1 to 128 bytes of `[A-Za-z0-9_.:-]`.
///
/// Four kinds: `public`, `user:{id}`, an aggregate's `{type}:{id}` such as `order:42`, and `all`, which every event is on.
public struct ChannelName: Hashable, Sendable, CustomStringConvertible {
    public let text: String

    /// nil when the text is no name.
    public init?(_ text: some StringProtocol) {
        let text = String(text)
        guard Self.isName(text.utf8) else { return nil }
        self.text = text
    }

    private init(valid text: String) { self.text = text }

    /// What concerns nobody in particular.
    public static let publicEvents = ChannelName(valid: "public")
    /// Every event there is.
    public static let everything = ChannelName(valid: "all")

    /// A user's own channel; nil when the id is empty or does not fit into a name.
    public static func user(_ id: String) -> ChannelName? { id.isEmpty ? nil : ChannelName("user:\(id)") }

    /// An aggregate's channel, its type in lower case; nil when either part is empty or does not fit into a name.
    public static func aggregate(type: String, id: String) -> ChannelName? {
        guard !type.isEmpty, !id.isEmpty else { return nil }
        return ChannelName("\(type.lowercased()):\(id)")
    }

    public var description: String { text }

    /// The user whose channel it is.
    public var user: String? {
        text.utf8.starts(with: "user:".utf8) ? String(text.dropFirst(5)) : nil
    }

    /// Whether an event that belongs to a user is shown here to that user only (and to those with a claim): an aggregate's channel.
    /// To `public` and to a user's channel an event comes only when its producer says so.
    public var isGuarded: Bool {
        self != .publicEvents && self != .everything && !text.utf8.starts(with: "user:".utf8)
    }

    /// One of 64 bits, by the name. An event that shares no bit with a client's channels cannot concern it, so that most events of
    /// the history are passed over without a look at their channels.
    var maskBit: UInt64 { 1 << UInt64(Fingerprint.of(text.utf8) & 63) }

    static func isName(_ bytes: some Collection<UInt8>) -> Bool {
        (1...128).contains(bytes.count) && bytes.allSatisfy { isNameByte($0) }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: ":"),
            UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
