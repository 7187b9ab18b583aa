internal import ByteCoding

extension EventEncoder {
    /// The topic of a row (`RoutingPolicy`).
    mutating func route(_ row: EventRow, in bytes: RawSpan) throws(Rejection) -> TopicID {
        guard writeTopic(of: row, in: bytes) else {
            throw Rejection(.topicMissing, "the row names no topic and there is no default topic")
        }
        if let known = topics.find(in: scratch) { return known }
        guard scratch.withBytes({ TopicName.isValid($0) }) else {
            throw Rejection(.topicInvalid, "Kafka allows no topic of the name \(topicText())")
        }
        return topics.insert(from: scratch)
    }

    /// Writes the topic's name into the scratch buffer; false when the row and the policy give none.
    mutating func writeTopic(of row: EventRow, in bytes: RawSpan) -> Bool {
        scratch.removeAll(keepingCapacity: true)
        if !prefix.isEmpty { scratch.append(contentsOf: prefix) }
        if let topic = row.topic, !topic.isEmpty {
            scratch.append(contentsOf: bytes, in: topic)
            return true
        }
        if !routing.parts.isEmpty, appendPattern(row, in: bytes) { return true }
        scratch.truncate(to: prefix.count)
        scratch.append(contentsOf: defaultTopic)
        return !defaultTopic.isEmpty
    }

    private mutating func appendPattern(_ row: EventRow, in bytes: RawSpan) -> Bool {
        for part in routing.parts {
            let value: Range<Int>?
            switch part {
            case .literal(let text):
                scratch.append(contentsOf: text)
                continue
            case .aggregateType: value = row.aggregateType
            case .eventType: value = row.eventType
            }
            guard let value, !value.isEmpty else { return false }
            scratch.append(contentsOf: bytes, in: value)
        }
        return true
    }

    /// The refused name, cut where it gets longer than any topic's name, as printable ASCII.
    private func topicText() -> String {
        var text = "\""
        scratch.withBytes { bytes in
            for offset in 0..<min(bytes.byteCount, TopicName.maximumLength) {
                let byte = bytes.byte(offset)
                text.unicodeScalars.append((0x20...0x7E).contains(byte) ? UnicodeScalar(byte) : "?")
            }
            if bytes.byteCount > TopicName.maximumLength { text += "..." }
        }
        return text + "\""
    }
}

extension TopicTable {
    fileprivate mutating func find(in name: borrowing ByteBuffer) -> TopicID? {
        name.withBytes { find($0) }
    }

    fileprivate mutating func insert(from name: borrowing ByteBuffer) -> TopicID {
        name.withBytes { insert($0) }
    }
}
