internal import JSONReading

/// What is to be known of an envelope to route it. Pure.
struct EventFacts {
    let eventID: String
    let eventType: String
    let channels: [ChannelName]
    /// The user that the event belongs to; nil for one that belongs to nobody. Empty when it cannot be told whose it is: that is no
    /// reason to show it to everybody.
    let owner: String?
    /// Of events with one key only the latest matters to somebody who missed several; nil: each matters.
    let coalescingKey: String?

    init(_ record: FeedRecord) throws(RecordFault) {
        guard let value = record.value else { throw .tombstone }
        let root: JSONView
        do throws(PayloadError) { root = try JSONDocument(value).root } catch { throw .notJSON }
        guard root.isObject else { throw .notAnObject }
        guard let id = root.member("event_id")?.asString, !id.isEmpty else { throw .eventIDMissing }
        guard let type = root.member("event_type")?.asString, !type.isEmpty else { throw .eventTypeMissing }
        eventID = id
        eventType = EventTypes.normalised(type)
        let aggregateType = root.member("aggregate_type")?.asString ?? ""
        let aggregateID = Self.text(root.member("aggregate_id"))
        let isOfUser = aggregateType == "USER"
        let user = root.member("payload")?.member("user_id")
        owner = isOfUser ? aggregateID ?? "" : user.map { Self.text($0) ?? "" }
        if let header = record.channels {
            channels = Self.channels(header)
        } else {
            var channels = [ChannelName]()
            if let owner {
                if let own = ChannelName.user(owner) { channels.append(own) }
            } else {
                channels.append(.publicEvents)
            }
            if !isOfUser, let aggregate = aggregateID.flatMap({ ChannelName.aggregate(type: aggregateType, id: $0) }),
                aggregate != .publicEvents, aggregate.user == nil
            {
                channels.append(aggregate)
            }
            self.channels = channels
        }
        if !aggregateType.isEmpty, let aggregateID {
            coalescingKey = "\(aggregateType)\u{0}\(aggregateID)\u{0}\(eventType)"
        } else {
            coalescingKey = record.key.map { String(decoding: $0, as: UTF8.self) }
        }
    }

    /// An id that may be a number or a text; nil when there is none.
    private static func text(_ view: JSONView?) -> String? {
        guard let view else { return nil }
        if let number = view.asInteger { return String(number) }
        return view.asString.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The names in the header, each once. What is no name is left out, and so is `all`, which every event is on anyway.
    private static func channels(_ header: UnsafeRawBufferPointer) -> [ChannelName] {
        var seen: Set<ChannelName> = [.everything]
        var names: [ChannelName] = []
        for part in header.split(separator: UInt8(ascii: ",")) {
            let text = part.drop { $0 == 0x20 || $0 == 0x09 }
            let trimmed = text.dropLast(text.reversed().prefix { $0 == 0x20 || $0 == 0x09 }.count)
            if let name = ChannelName(String(decoding: trimmed, as: UTF8.self)), seen.insert(name).inserted { names.append(name) }
        }
        return names
    }
}
