/// Which dead letters are meant. Pure.
public struct DeadLetterSelection: Sendable {
    package var positions: Set<DeadLetterPosition> = []
    package var eventIDs: Set<String> = []
    package var reason: String?
    /// The original topic.
    package var topic: String?
    package var range = TimeRange()
    package var isAll = false

    /// - Parameters:
    ///   - words: `partition@offset` or event ids.
    ///   - isAll: `--all`: also without any other choice.
    public init(
        words: [String] = [], reason: String? = nil, topic: String? = nil, range: TimeRange = TimeRange(), isAll: Bool = false
    ) {
        for word in words {
            if let position = DeadLetterPosition(word) { positions.insert(position) } else { eventIDs.insert(word) }
        }
        self.reason = reason
        self.topic = topic
        self.range = range
        self.isAll = isAll
    }

    /// Whether single letters are named; then each of them has to be found.
    package var namesLetters: Bool { !positions.isEmpty || !eventIDs.isEmpty }

    /// Whether anything was chosen: what changes letters wants a choice.
    public var isEmpty: Bool { !namesLetters && reason == nil && topic == nil && range.isOpen && !isAll }

    /// Named letters and other choices together: both have to hold.
    package func contains(_ letter: DeadLetter) -> Bool {
        if namesLetters {
            let isNamed = positions.contains(letter.position) || letter.eventID.map { eventIDs.contains($0) } == true
            guard isNamed else { return false }
        }
        if let reason, letter.reason != reason { return false }
        if let topic, letter.originalTopic != topic { return false }
        return range.contains(letter.failedAt)
    }
}
