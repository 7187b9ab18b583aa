package import Kafka
public import RelayOperations

/// What `replay` is to read. Pure.
public struct ReplayScope: Sendable {
    package enum Start: Equatable, Sendable {
        /// Records written at this time or later, in µs since 1970, of every partition.
        case time(Int64)
        /// These partitions only, each from its offset.
        case offsets([RecordPlace])
    }

    package let start: Start
    /// Records written before this time, in µs since 1970.
    package let untilTime: Int64?
    /// These partitions only to before these offsets.
    package let untilOffsets: [RecordPlace]
    /// Of the consumer's topics only this one.
    package let topic: String?

    /// Reads the command line's words. Throws a sentence about one that cannot be read, or that does not go with another.
    ///
    /// - Parameter now: what relative times count from, in µs since 1970.
    public init(
        fromTime: String?, fromOffsets: [String], until: String?, untilOffsets: [String], topic: String?, now: Int64
    ) throws(OperationError) {
        func time(_ text: String, _ option: String) throws(OperationError) -> Int64 {
            guard let time = TimePoint.parse(text, now: now) else {
                throw OperationError(
                    "--\(option) needs a time such as 2026-01-02T03:04:05Z, or how long ago, such as 30m, 2h or 7d")
            }
            return time
        }
        func places(_ texts: [String], _ option: String) throws(OperationError) -> [RecordPlace] {
            var places: [RecordPlace] = []
            for text in texts {
                guard let place = RecordPlace(text), place.offset >= 0 else {
                    throw OperationError("--\(option) needs TOPIC/PARTITION:OFFSET, such as order.events/0:1042")
                }
                guard !places.contains(where: { $0.topic == place.topic && $0.partition == place.partition }) else {
                    throw OperationError("--\(option) names \(place.topic)/\(place.partition) twice")
                }
                places.append(place)
            }
            return places
        }
        switch (fromTime, fromOffsets.isEmpty) {
        case (nil, true): throw OperationError("from where? --from-time, or --from-offset TOPIC/PARTITION:OFFSET")
        case (.some, false): throw OperationError("either --from-time or --from-offset")
        case (let text?, true): start = .time(try time(text, "from-time"))
        case (nil, false): start = .offsets(try places(fromOffsets, "from-offset"))
        }
        untilTime = try until.map { text throws(OperationError) in try time(text, "until") }
        self.untilOffsets = try places(untilOffsets, "until-offset")
        self.topic = topic
        if case .time(let since) = start, let untilTime, since >= untilTime {
            throw OperationError("--from-time, \(TimePoint.text(since)), is not before --until, \(TimePoint.text(untilTime))")
        }
    }

    /// What is to be read of partitions that hold this now.
    ///
    /// - Parameters:
    ///   - topics: of the consumer.
    ///   - starts: the offsets of the start's time, where that is a time.
    ///   - ends: the offsets of the end's time, where there is one.
    /// - Throws: about a topic that is not the consumer's, or a partition that does not exist.
    package func ranges(
        topics: [String], bounds: [TopicPartition: PartitionBounds], starts: [TopicPartition: Int64],
        ends: [TopicPartition: Int64]
    ) throws(OperationError) -> [RecordRange] {
        var named = untilOffsets
        if case .offsets(let places) = start { named += places }
        for place in named {
            guard topics.contains(place.topic) else {
                throw OperationError("the consumer does not read \(place.topic); it reads \(topics.joined(separator: ", "))")
            }
            guard bounds[TopicPartition(place.topic, place.partition)] != nil else {
                throw OperationError("there is no partition \(place.partition) of \(place.topic)")
            }
        }
        if let topic, !topics.contains(topic) {
            throw OperationError("the consumer does not read \(topic); it reads \(topics.joined(separator: ", "))")
        }
        var ranges: [RecordRange] = []
        for (place, held) in bounds.sorted(by: { $0.key < $1.key }) {
            if let topic, place.topic != topic { continue }
            let isHere = { (named: RecordPlace) in named.topic == place.topic && named.partition == place.partition }
            let first: Int64
            switch start {
            case .time: first = starts[place] ?? held.end
            case .offsets(let places):
                guard let named = places.first(where: isHere) else { continue }
                first = named.offset
            }
            var end = min(held.end, ends[place] ?? held.end)
            if let named = untilOffsets.first(where: isHere) { end = min(end, named.offset) }
            let range = RecordRange(place: place, start: max(first, held.start), end: end)
            if range.count > 0 { ranges.append(range) }
        }
        return ranges
    }
}
