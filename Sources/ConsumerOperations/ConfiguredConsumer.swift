public import ConsumerKit

/// A consumer as the settings want it: reading topics with a prefix, in a group with a prefix.
public struct ConfiguredConsumer: EventConsumer {
    public let definition: ConsumerDefinition
    private let base: any EventConsumer

    public init(_ base: any EventConsumer, topicPrefix: String, groupPrefix: String) {
        self.base = base
        let own = base.definition
        definition = ConsumerDefinition(
            name: own.name, group: groupPrefix + own.group, topics: own.topics.map { topicPrefix + $0 },
            eventTypes: own.eventTypes, summary: own.summary, parking: own.parking, isRepeatable: own.isRepeatable,
            usesInbox: own.usesInbox, rebuildTables: own.rebuildTables, dependencies: own.dependencies)
    }

    public func apply(_ events: [ConsumedEvent], in transaction: EffectTransaction) throws(EffectError) {
        try base.apply(events, in: transaction)
    }
}
