internal import Synchronization

/// One event as the instance read it, made once and shared by all loops, the history and all receivers. Immutable.
public final class RealtimeEvent: Sendable {
    /// Its number in this instance's order: without holes, from 0.
    public let sequence: Int64
    public let partition: Int32
    public let offset: Int64
    /// When it came into the log: milliseconds since 1970; nil when the log does not say.
    public let timestamp: Int64?
    /// Beside `all`, which every event is on.
    public let channels: [ChannelName]
    /// The user that it belongs to; empty for one that nobody knows, nil when it belongs to nobody.
    public let owner: String?
    public let eventType: String
    /// Of events with one key only the latest matters to somebody who missed several; nil: each matters.
    public let coalescingKey: String?
    /// Of the event id: a cursor's proof.
    let fingerprint: UInt32
    /// The bits of its channels' names.
    let channelMask: UInt64
    /// The cursor of somebody who has had this event and every earlier one, as it is in the frames.
    let cursorText: String

    /// A whole text frame for a WebSocket.
    private let frame: SharedBytes
    /// Where in ``frame`` the envelope is, byte for byte as the producer wrote it.
    private let envelopeStart: Int
    private let envelopeCount: Int
    private let streamMessage = AtomicLazyReference<SharedBytes>()
    private let namedMessage = AtomicLazyReference<SharedBytes>()

    /// - Parameter cursor: behind this event.
    init(sequence: Int64, record: FeedRecord, facts: EventFacts, cursor: Cursor) {
        self.sequence = sequence
        partition = record.partition
        offset = record.offset
        timestamp = record.timestamp
        channels = facts.channels
        owner = facts.owner
        eventType = facts.eventType
        coalescingKey = facts.coalescingKey
        fingerprint = Fingerprint.of(facts.eventID.utf8)
        channelMask = facts.channels.reduce(ChannelName.everything.maskBit) { $0 | $1.maskBit }
        cursorText = cursor.text
        let envelope = record.value ?? UnsafeRawBufferPointer(start: nil, count: 0)
        let bytes = ServerFrame.text(Self.message(cursor: cursorText, channels: facts.channels, envelope: envelope))
        frame = SharedBytes(bytes)
        envelopeCount = envelope.count
        envelopeStart = bytes.count - 1 - envelope.count
    }

    private static func message(cursor: String, channels: [ChannelName], envelope: UnsafeRawBufferPointer) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(envelope.count + cursor.utf8.count + 64 + channels.count * 24)
        bytes.append(contentsOf: "{\"type\":\"event\",\"cursor\":\"".utf8)
        bytes.append(contentsOf: cursor.utf8)
        bytes.append(contentsOf: "\",\"channels\":".utf8)
        JSONText.append(channels, to: &bytes)
        bytes.append(contentsOf: ",\"event\":".utf8)
        bytes.append(contentsOf: envelope)
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    /// Bytes that it takes in memory, roughly.
    public var cost: Int { frame.buffer.count + 512 }

    /// As the producer wrote it. Valid as long as the event is.
    public var envelope: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: frame.buffer[envelopeStart..<(envelopeStart + envelopeCount)])
    }

    /// The bytes for clients of this form: made on first use, then shared. Valid as long as the event is; nil when this form does not
    /// show events of this type.
    public func bytes(for form: ClientForm) -> UnsafeRawBufferPointer? {
        switch form {
        case .webSocket: return frame.buffer
        case .eventStream:
            if let made = streamMessage.load() { return made.buffer }
            return streamMessage.storeIfNil(SharedBytes(StreamText.message(id: cursorText, data: envelope))).buffer
        case .userStream:
            guard let notice = UserNotice(eventType: eventType) else { return nil }
            if let made = namedMessage.load() { return made.buffer }
            let message = StreamText.message(name: notice.rawValue, id: cursorText, data: notice.data(envelope: envelope))
            return namedMessage.storeIfNil(SharedBytes(message)).buffer
        }
    }

    /// The same with another cursor, for one client that has had more than the instance's order says.
    func bytes(for form: ClientForm, cursor: String) -> [UInt8]? {
        switch form {
        case .webSocket: return ServerFrame.text(Self.message(cursor: cursor, channels: channels, envelope: envelope))
        case .eventStream: return StreamText.message(id: cursor, data: envelope)
        case .userStream:
            guard let notice = UserNotice(eventType: eventType) else { return nil }
            return StreamText.message(name: notice.rawValue, id: cursor, data: notice.data(envelope: envelope))
        }
    }
}
