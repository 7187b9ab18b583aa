import CLinux
import Glibc

/// What a fan-out's server tells a client, as far as a client needs it that only counts events. Pure.
enum FanoutMessage: Equatable {
    /// An answer that is no connection.
    case refused(status: Int)
    /// - id: of the event, hashed.
    case event(id: UInt64, cursor: String)
    /// Where the client stands, without an event; nil when it was not told.
    case place(String?)
    /// The place that was asked for by a message is taken.
    case resumed
    /// There is a hole.
    case reset(String)
    case ping([UInt8])
    /// The server ends the connection.
    case close(code: Int)
    /// What no server of ours says.
    case broken(String)

    /// A WebSocket's text message.
    init(text: UnsafeRawBufferPointer) {
        let cursor = Self.field("\"cursor\":\"", in: text)
        switch Self.field("\"type\":\"", in: text) {
        case "event": self = Self.event(text, cursor)
        case "reset": self = .reset(Self.field("\"reason\":\"", in: text) ?? "")
        case "resumed": self = .resumed
        case "error": self = .broken(String(decoding: text, as: UTF8.self))
        case nil: self = .broken("a message without a type")
        default: self = .place(cursor)
        }
    }

    /// A message of an event stream.
    init(name: String?, id: String?, data: UnsafeRawBufferPointer) {
        switch name {
        case nil where data.isEmpty: self = .place(id)
        case nil: self = Self.event(data, id)
        case "reset": self = .reset(Self.field("\"reason\":\"", in: data) ?? "")
        default: self = .place(id)
        }
    }

    private static func event(_ text: UnsafeRawBufferPointer, _ cursor: String?) -> FanoutMessage {
        guard let cursor, let id = place(of: "\"event_id\":\"", in: text) else { return .broken("an event without id or cursor") }
        return .event(id: EventHash.of(text[id]), cursor: cursor)
    }

    private static func field(_ name: StaticString, in text: UnsafeRawBufferPointer) -> String? {
        place(of: name, in: text).map { String(decoding: text[$0], as: UTF8.self) }
    }

    /// Where the text of the first member of that name is. By the C library: tests are built without optimisation as well.
    private static func place(of name: StaticString, in text: UnsafeRawBufferPointer) -> Range<Int>? {
        guard let base = text.baseAddress,
            let found = memmem(base, text.count, name.utf8Start, name.utf8CodeUnitCount)
        else { return nil }
        let begin = UnsafeRawPointer(found) - base + name.utf8CodeUnitCount
        guard let end = memchr(base + begin, 0x22, text.count - begin) else { return nil }
        return begin..<(UnsafeRawPointer(end) - base)
    }
}

/// Event ids in eight bytes: a thousand clients remember every event.
enum EventHash {
    /// FNV-1a.
    static func of(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
