/// How far one consumer is.
package struct ConsumerLag: Equatable, Sendable {
    package let name: String
    package let group: String
    package var partitions: [PartitionLag]
    /// Topics that do not exist, or that nobody tells about, with the reason.
    package let missing: [MissingTopic]

    package struct MissingTopic: Equatable, Sendable {
        package let topic: String
        package let reason: String

        package init(topic: String, reason: String) {
            self.topic = topic
            self.reason = reason
        }
    }

    package init(name: String, group: String, partitions: [PartitionLag], missing: [MissingTopic]) {
        self.name = name
        self.group = group
        self.partitions = partitions
        self.missing = missing
    }

    package var records: Int64 { partitions.reduce(0) { $0 + $1.records } }

    /// Of the partition that is furthest behind; nil when some is behind and nobody knows for how long.
    package func seconds(now: Int64) -> Double? {
        var most = 0.0
        for partition in partitions {
            guard let seconds = partition.seconds(now: now) else { return nil }
            most = max(most, seconds)
        }
        return most
    }
}
