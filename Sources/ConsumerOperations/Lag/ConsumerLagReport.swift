import CommandLineKit
public import Configuration
public import RelayOperations
import ServiceRuntime

/// `lag`: how far behind the consumers are, for people, scripts and alerts.
public enum ConsumerLagReport {
    /// - Parameters:
    ///   - maximumRecords: more of one consumer than this is wrong; nil: no limit.
    ///   - maximumSeconds: the same for the age of the oldest event that is not applied.
    public static func report(
        _ consumers: [ConfiguredConsumer], _ settings: ConsumerSettings, maximumRecords: Int?, maximumSeconds: Int?
    ) throws(OperationError) -> Report {
        let lags = try ConsumerLagReader(settings: settings).read(consumers)
        return report(
            lags, now: MonotonicTime.wallClockMicroseconds() / 1_000, maximumRecords: maximumRecords,
            maximumSeconds: maximumSeconds)
    }

    /// - Parameter now: ms since 1970.
    package static func report(
        _ lags: [ConsumerLag], now: Int64, maximumRecords: Int?, maximumSeconds: Int?
    ) -> Report {
        let left = ["CONSUMER", "GROUP", "TOPIC"].map { ($0, Table.Alignment.left) }
        let right = ["PARTITION", "COMMITTED", "APPLIED", "END", "BEHIND", "SINCE"].map { ($0, Table.Alignment.right) }
        var lines = Table(left + right)
        var isRight = true
        for lag in lags {
            for partition in lag.partitions {
                let since = partition.seconds(now: now).map { Quantity.duration(seconds: $0) } ?? "unknown"
                lines.append([
                    lag.name, lag.group, partition.topic, String(partition.partition), text(partition.committed),
                    text(partition.applied), String(partition.end), String(partition.records),
                    partition.records == 0 ? "-" : since,
                ])
            }
            for topic in lag.missing { lines.append([lag.name, lag.group, topic.topic, "-", "-", "-", "-", "-", "-"]) }
            if let maximumRecords, lag.records > Int64(maximumRecords) { isRight = false }
            // What nobody knows is not within a limit.
            if let maximumSeconds, lag.seconds(now: now).map({ $0 > Double(maximumSeconds) }) ?? true { isRight = false }
        }
        let document: JSONValue = [
            "consumers": .array(lags.map { json($0, now) }), "max_records": JSONValue(maximumRecords),
            "max_seconds": JSONValue(maximumSeconds), "within_limit": JSONValue(isRight),
        ]
        var text = lines.render()
        for lag in lags {
            for topic in lag.missing { text += "\n\(lag.name): \(topic.topic) cannot be read: \(topic.reason)\n" }
        }
        return Report(text: text, json: document, isRight: isRight)
    }

    private static func text(_ offset: Int64?) -> String { offset.map { String($0) } ?? "-" }

    private static func json(_ lag: ConsumerLag, _ now: Int64) -> JSONValue {
        let partitions = lag.partitions.map { partition -> JSONValue in
            [
                "topic": JSONValue(partition.topic), "partition": JSONValue(partition.partition),
                "committed": JSONValue(partition.committed), "applied": JSONValue(partition.applied),
                "start": JSONValue(partition.start), "end": JSONValue(partition.end), "position": JSONValue(partition.position),
                "lag_records": JSONValue(partition.records), "lag_seconds": JSONValue(partition.seconds(now: now)),
            ]
        }
        return [
            "name": JSONValue(lag.name), "group": JSONValue(lag.group), "lag_records": JSONValue(lag.records),
            "lag_seconds": JSONValue(lag.seconds(now: now)), "partitions": .array(partitions),
            "missing_topics": .array(
                lag.missing.map { ["topic": JSONValue($0.topic), "reason": JSONValue($0.reason)] as JSONValue }),
        ]
    }
}
