public import Configuration
import ConsumerKit
import Consumers
public import RelayOperations
public import Telemetry

/// The consumers that the settings allow, as they want them.
public struct ConsumerCatalog: Sendable {
    /// In the order in which they are listed.
    public let consumers: [ConfiguredConsumer]
    /// Those that cannot run, and why.
    public let absent: [(name: String, reason: String)]

    /// Throws a sentence about a setting that a consumer refuses.
    ///
    /// - Parameter metrics: takes what consumers measure themselves.
    public init(_ settings: ConsumerSettings, metrics: MetricRegistry = MetricRegistry()) throws(OperationError) {
        let found: (present: [any EventConsumer], absent: [(name: String, reason: String)])
        do throws(RegistryError) {
            found = try ConsumerRegistry.all(settings, database: .init(settings), metrics: metrics)
        } catch { throw OperationError(error.description) }
        consumers = found.present.map {
            ConfiguredConsumer($0, topicPrefix: settings.topicPrefix, groupPrefix: settings.groupPrefix)
        }
        absent = found.absent
    }

    /// Those with these names, in the catalog's order; nil: all. Throws for a name that nobody has, and for one that cannot run.
    public func choose(_ names: [String]?) throws(OperationError) -> [ConfiguredConsumer] {
        guard let names else { return consumers }
        for name in names where !consumers.contains(where: { $0.definition.name == name }) {
            if let reason = absent.first(where: { $0.name == name })?.reason {
                throw OperationError("the consumer \(name) cannot run: \(reason)")
            }
            let known = (consumers.map(\.definition.name) + absent.map(\.name)).joined(separator: ", ")
            throw OperationError("there is no consumer \(name); there are \(known)")
        }
        return consumers.filter { names.contains($0.definition.name) }
    }
}
