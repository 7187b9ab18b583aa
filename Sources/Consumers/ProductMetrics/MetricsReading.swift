public import ConsumerKit

/// A batch of events, read for the product metrics: the changes they ask for, and what has to be known to decide which are stale. Pure.
public struct MetricsReading: Sendable {
    /// Something whose events carry `aggregate_version`.
    public struct Aggregate: Hashable, Comparable, Sendable {
        public let type: String
        public let id: String

        public init(type: String, id: String) {
            self.type = type
            self.id = id
        }

        public static func < (left: Aggregate, right: Aggregate) -> Bool { (left.type, left.id) < (right.type, right.id) }
    }

    /// What one event asks for.
    struct Change: Sendable {
        enum Kind: Sendable {
            case likes(product: Int64, Int64)
            case view(product: Int64)
            /// Lines of an order: sold, or taken back.
            case sales([OrderLine], isCancelled: Bool)
        }

        let kind: Kind
        let version: (of: Aggregate, number: Int64)?
    }

    let changes: [Change]
    public let refusals: [RejectedEvent]
    /// The highest version that comes of each aggregate, sorted by aggregate; none when no event carries one.
    public let versions: [(of: Aggregate, number: Int64)]

    public init(_ events: [ConsumedEvent]) {
        (changes, refusals) = events.reading { event throws(PayloadError) in
            let kind = try Self.kind(event)
            let version = try event.payload.optionalInteger("aggregate_version")
                .map { (of: Aggregate(type: event.aggregateType, id: event.aggregateID), number: $0) }
            return Change(kind: kind, version: version)
        }
        var versions: [Aggregate: Int64] = [:]
        for version in changes.compactMap(\.version) { versions[version.of] = max(version.number, versions[version.of] ?? .min) }
        self.versions = versions.sorted { $0.key < $1.key }.map { (of: $0.key, number: $0.value) }
    }

    private static func kind(_ event: ConsumedEvent) throws(PayloadError) -> Change.Kind {
        switch event.eventType {
        case "LIKE_ADDED": .likes(product: try event.payload.integer("product_id"), 1)
        case "LIKE_REMOVED": .likes(product: try event.payload.integer("product_id"), -1)
        case "PRODUCT_VIEWED": .view(product: try event.payload.integer("product_id"))
        case "ORDER_CREATED": .sales(try OrderLine.read(event.payload, hasPrice: true), isCancelled: false)
        case "ORDER_CANCELLED": .sales(try OrderLine.read(event.payload, hasPrice: true), isCancelled: true)
        default: throw PayloadError("no metric is known for this event type")
        }
    }
}
