public import Configuration

/// Which topics there should be: those of the systems around the relay, and those that the settings name. Pure.
public struct TopicWishes: Equatable, Sendable {
    /// In the order in which they are shown.
    public private(set) var topics: [WantedTopic]
    /// What was asked for; nil leaves it to the number of brokers.
    public private(set) var replicationFactor: Int?

    private static let day = TimeSpan(milliseconds: 86_400_000)
    /// Name, partitions, days, and whether a consumer that dead-letters reads it.
    private static let known: [(name: String, partitions: Int, days: Int64, isConsumed: Bool)] = [
        ("order.events", 6, 7, true), ("payment.events", 3, 7, true), ("stock.events", 3, 7, true),
        ("product.events", 3, 7, true), ("catalog.events", 3, 7, true), ("flashsale.events", 3, 7, true),
        ("coupon.issue", 3, 7, true), ("data.platform", 3, 30, true), ("realtime.events", 3, 1, false),
    ]

    public init(_ settings: RelaySettings) {
        self.init(
            prefix: settings.routing.prefix, defaultTopic: settings.routing.defaultTopic,
            deadLetterTopic: settings.deadLetter.topic)
    }

    package init(prefix: String, defaultTopic: String?, deadLetterTopic: String) {
        func days(_ number: Int64) -> WantedTopic.Retention { .span(TimeSpan(milliseconds: number * Self.day.milliseconds)) }
        var topics = Self.known.map {
            WantedTopic(name: prefix + $0.name, partitions: $0.partitions, retention: days($0.days), purpose: "events")
        }
        if let defaultTopic {
            topics.append(
                WantedTopic(name: prefix + defaultTopic, partitions: 3, retention: days(7), purpose: "topic.default"))
        }
        topics.append(
            WantedTopic(name: deadLetterTopic, partitions: 1, retention: days(30), purpose: "the relay's dead letters"))
        topics += Self.known.filter(\.isConsumed).map {
            WantedTopic(name: prefix + $0.name + ".dlq", partitions: 1, retention: days(30), purpose: "consumers' dead letters")
        }
        // A default topic that is one of the others is wanted once.
        var seen: Set<String> = []
        self.topics = topics.filter { seen.insert($0.name).inserted }
        replicationFactor = nil
    }

    /// Changes what is wanted as the command line says.
    ///
    /// - Parameters:
    ///   - partitions: each `TOPIC=N`.
    ///   - retention: each `TOPIC=7d` or `TOPIC=forever`.
    ///   - only: names; empty for all.
    /// - Throws: a sentence that names the word and what would be right.
    public mutating func apply(
        replicationFactor: Int?, partitions: [String], retention: [String], only: [String]
    ) throws(OperationError) {
        self.replicationFactor = replicationFactor
        for word in partitions {
            let (index, value) = try split(word, option: "--partitions", example: "order.events=12")
            guard let number = Int(value), (1...100_000).contains(number) else {
                throw OperationError("--partitions \(word): the number of partitions has to be 1 to 100000")
            }
            topics[index].partitions = number
        }
        for word in retention {
            let (index, value) = try split(word, option: "--retention", example: "order.events=7d")
            guard let wanted = WantedTopic.Retention(value) else {
                throw OperationError("--retention \(word): the time has to be \(TimeSpan.allowed), 1s at least, or forever")
            }
            topics[index].retention = wanted
        }
        guard !only.isEmpty else { return }
        var chosen: Set<Int> = []
        for name in only { chosen.insert(try index(of: name, option: "--only")) }
        topics = topics.indices.filter { chosen.contains($0) }.map { topics[$0] }
    }

    private func split(_ word: String, option: String, example: String) throws(OperationError) -> (Int, String) {
        guard let equals = word.firstIndex(of: "=") else {
            throw OperationError("\(option) \(word): it has to be TOPIC=VALUE, for instance \(example)")
        }
        return (try index(of: String(word[..<equals]), option: option), String(word[word.index(after: equals)...]))
    }

    /// By its whole name, prefix included.
    private func index(of name: String, option: String) throws(OperationError) -> Int {
        if let index = topics.firstIndex(where: { $0.name == name }) { return index }
        let names = topics.map(\.name).joined(separator: ", ")
        throw OperationError("\(option): there is no topic \(name) among those that are wanted: \(names)")
    }

    /// How many replicas a cluster of so many brokers can give.
    package func replicas(brokers: Int) -> Int { replicationFactor ?? max(1, min(3, brokers)) }
}
