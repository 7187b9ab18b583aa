import CommandLineKit

/// What `where` found out about one event.
package struct Whereabouts: Sendable {
    package enum Verdict: String, Sendable {
        /// In its topic.
        case delivered
        /// The table says PUBLISHED, and the topic does not reach back that far.
        case publishedBeforeRetention = "published_before_retention"
        /// The table says PUBLISHED, and the topic has no such record.
        case missing
        /// Committed, and not yet in its topic: in WAL ahead of the relay, in flight, or waiting to be claimed.
        case waiting
        /// An attempt failed, and there will be another.
        case retrying
        case dead
        /// A row of a table whose status nobody writes, and no record.
        case undelivered
        /// Neither in the table nor in the topics searched.
        case unknown

        package var isRight: Bool { self == .delivered || self == .publishedBeforeRetention }

        var words: String {
            switch self {
            case .delivered: "delivered"
            case .publishedBeforeRetention: "published; the topic does not reach back that far any more"
            case .missing: "MISSING: the table says PUBLISHED, the topic has no such record"
            case .waiting: "committed, not delivered yet"
            case .retrying: "failed, and will be tried again"
            case .dead: "a dead letter"
            case .undelivered: "in the table, not in its topic"
            case .unknown: "unknown: not committed, deleted, or never written"
            }
        }
    }

    package struct Place: Sendable, Equatable {
        package let topic: String
        package let partition: Int32
        package let offset: Int64
        /// ms since 1970.
        package let timestamp: Int64?
        /// Why it is there more than once: `replayed`, `retried`; nil for an ordinary publication.
        package let marker: String?
        /// Of a dead letter.
        package let reason: String?

        package init(
            topic: String, partition: Int32, offset: Int64, timestamp: Int64?, marker: String? = nil, reason: String? = nil
        ) {
            self.topic = topic
            self.partition = partition
            self.offset = offset
            self.timestamp = timestamp
            self.marker = marker
            self.reason = reason
        }

        var line: String {
            let time = timestamp.map { " at \(TimePoint.text($0 * 1_000))" } ?? ""
            return "\(topic), partition \(partition), offset \(offset)\(time)\(marker.map { ", \($0)" } ?? "")"
                + (reason.map { ", \($0)" } ?? "")
        }

        var json: JSONValue {
            [
                "topic": JSONValue(topic), "partition": JSONValue(partition), "offset": JSONValue(offset),
                "time": JSONValue(timestamp.map { TimePoint.text($0 * 1_000) }), "marker": JSONValue(marker),
                "reason": JSONValue(reason),
            ]
        }
    }

    /// The row, as far as the table has the columns.
    package struct Row: Sendable {
        package var status: String?
        package var createdAt: Int64?
        package var publishedAt: Int64?
        package var nextAttempt: String?
        package var retries: String?
        package var error: String?
        package var lockedBy: String?
        package var topic: String?

        package init(status: String?) { self.status = status }
    }

    /// What the row, the records and the topic's reach say together. Pure.
    ///
    /// - Parameters:
    ///   - row: nil when there is none.
    ///   - isInTopic: whether a record of it was found.
    ///   - isDead: whether an open dead letter of it was found.
    ///   - reachesBack: whether the topic still holds what was published when the row was.
    package static func verdict(row: Row?, isInTopic: Bool, isDead: Bool, reachesBack: Bool) -> Verdict {
        if isInTopic { return .delivered }
        guard let row else { return isDead ? .dead : .unknown }
        switch row.status {
        case "PUBLISHED": return reachesBack ? .missing : .publishedBeforeRetention
        case "DEAD": return .dead
        case "FAILED": return .retrying
        case "PENDING", "PROCESSING": return isDead ? .dead : .waiting
        default: return isDead ? .dead : .undelivered
        }
    }
}
