import Configuration
import ConsumerKit
import ConsumerOperations
import Drills
import LocalServers
import PostgresClient

/// What a consumer of the contract suite acts upon beside its database: a Redis and the data platform's API, both its own.
final class ContractWorld {
    private let redis: RedisServer
    private let api: ExternalAPI
    /// How each consumer is to be told about servers.
    private let dsn: String
    private let bootstrap: String
    private let prefix: String

    /// - Parameter prefix: of topics and groups.
    init(dsn: String, bootstrap: String = "127.0.0.1:9", prefix: String = "") throws {
        redis = try RedisServer()
        api = try ExternalAPI()
        self.dsn = dsn
        self.bootstrap = bootstrap
        self.prefix = prefix
        let probe = RedisProbe(port: redis.port)
        _ = try probe("EVAL", "for p = 1, 30 do redis.call('SET', 'product:' .. p, 'old') end", "0")
    }

    deinit { redis.destroy() }

    /// Every consumer that the program has, by name.
    static let consumers: [String] = {
        let chosen = try? ContractWorld.settings(
            dsn: "", bootstrap: "127.0.0.1:9", prefix: "", redis: nil, api: "http://127.0.0.1:9/")
        return chosen.flatMap { try? ConsumerCatalog($0).consumers.map(\.definition.name) } ?? []
    }()

    var settings: ConsumerSettings {
        get throws { try Self.settings(dsn: dsn, bootstrap: bootstrap, prefix: prefix, redis: redis.url, api: api.url) }
    }

    private static func settings(dsn: String, bootstrap: String, prefix: String, redis: String?, api: String) throws
        -> ConsumerSettings
    {
        var overrides = [
            ("postgres.dsn", dsn), ("kafka.bootstrap.servers", bootstrap), ("topic.prefix", prefix), ("group.prefix", prefix),
            ("data.platform.url", api), ("kafka.session.timeout.ms", "6000"), ("kafka.heartbeat.interval.ms", "500"),
        ]
        if let redis { overrides.append(("redis.url", redis)) }
        return try SettingsLoader.loadConsumer(file: nil, environment: [:], overrides: overrides)
    }

    func consumer(_ name: String) throws -> (any EventConsumer)? { try ConsumerCatalog(settings).choose([name]).first }

    /// What it did outside the database: which products the cache still holds and which were invalidated, and what the API accepted, an
    /// order's states in their order.
    func traces() throws -> [String] {
        let probe = RedisProbe(port: redis.port)
        let products = """
            local r = {}
            for p = 1, 30 do
                r[p] = p .. ':' .. redis.call('EXISTS', 'product:' .. p) .. redis.call('EXISTS', 'product:' .. p .. ':generation')
            end
            return table.concat(r, ' ')
            """
        var traces = [try probe("EVAL", products, "0")]
        let accepted = api.requests.filter(\.isAccepted)
        let orders = Set(accepted.map { $0.key.prefix { $0 != "-" } }).sorted()
        for order in orders {
            let states = accepted.filter { $0.key.prefix { $0 != "-" } == order }.map { "\($0.key) \($0.body)" }
            traces.append("order \(order): \(states.joined(separator: ", "))")
        }
        return traces
    }
}
