public import LocalServers

/// Where drills are played: which PostgreSQL, which broker, and what chance begins with.
public struct DrillGround: Sendable {
    public let installation: PostgresInstallation
    public let kafka: TemporaryKafka
    public let seed: UInt64

    public init(installation: PostgresInstallation, kafka: TemporaryKafka, seed: UInt64) {
        self.installation = installation
        self.kafka = kafka
        self.seed = seed
    }

    /// A server of the drill's own, because drills stop and change it.
    func server(_ settings: [String: String] = [:]) throws -> TemporaryPostgres {
        var options = PostgresOptions()
        options.settings = [
            "max_wal_size": "4GB", "max_replication_slots": "20", "max_wal_senders": "20",
        ].merging(settings) { $1 }
        return try TemporaryPostgres(installation, options: options)
    }
}
