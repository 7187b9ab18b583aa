/// Makes the typed settings of the consumers from the collected texts and checks what belongs together.
enum ConsumerSettingsBuilder {
    typealias Known = KnownConsumerSettings

    static func build(_ collector: SettingCollector) throws(ConfigurationError) -> ConsumerSettings {
        var reader = SettingsReader(collector.settings)
        let postgres = PostgresSettings(
            dsn: reader.read(KnownSettings.postgresDSN), password: reader.read(KnownSettings.postgresPassword))
        let batches = ConsumerSettings.Batches(
            records: reader.read(Known.batchSize), bytes: reader.read(Known.batchBytes), lanes: reader.read(Known.lanes),
            queueRecords: reader.read(Known.queueRecords), queueBytes: reader.read(Known.queueBytes))
        let failures = ConsumerSettings.Failures(
            retries: reader.read(Known.retryAttempts), backoffMilliseconds: reader.read(Known.retryBackoff),
            parking: reader.read(Known.parking), floodConsecutive: reader.read(Known.floodConsecutive),
            floodWindow: reader.read(Known.floodWindow), floodRatio: reader.read(Known.floodRatio),
            breakerWindow: reader.read(Known.breakerWindow), breakerRatio: reader.read(Known.breakerRatio),
            breakerCooldownMilliseconds: reader.read(Known.breakerCooldown),
            statementTimeoutMilliseconds: reader.read(Known.statementTimeout),
            dependencyTimeoutMilliseconds: reader.read(Known.dependencyTimeout))
        let redis = ConsumerSettings.Redis(url: reader.read(Known.redisURL), password: reader.read(Known.redisPassword))
        let platform = ConsumerSettings.DataPlatform(
            url: reader.read(Known.dataPlatformURL), timeoutMilliseconds: reader.read(Known.dataPlatformTimeout),
            connectTimeoutMilliseconds: reader.read(Known.dataPlatformConnectTimeout),
            parallel: reader.read(Known.dataPlatformParallel), attempts: reader.read(Known.dataPlatformAttempts),
            authorityPath: reader.read(Known.dataPlatformAuthority))
        let table = reader.read(Known.table)
        let consumers = reader.read(Known.consumers)
        let topicPrefix = reader.read(Known.topicPrefix)
        let groupPrefix = reader.read(Known.groupPrefix)
        let groupInstance = reader.read(Known.groupInstance)
        let retention = reader.read(Known.inboxRetention)
        let drainTimeout = reader.read(Known.drainTimeout)
        let hasLegacyBrokers = reader.read(KnownSettings.legacySCRAM)
        let listen = reader.read(Known.httpListen)
        let log = LogSettings(format: reader.read(KnownSettings.logFormat), level: reader.read(KnownSettings.logLevel))
        let kafka = reader.readKafka(.consumer)
        SettingsAssembly.check(postgres, &reader)
        if redis.password != nil, ConnectionStringSecrets.hasPassword(redis.url) {
            reader.refuse(Known.redisPassword.key, "redis.url holds a password as well", allowed: "one of the two")
        }
        if batches.queueRecords < batches.records {
            reader.refuse(Known.queueRecords.key, "is smaller than batch.size", allowed: "\(batches.records) and more")
        }
        if batches.queueBytes < batches.bytes {
            reader.refuse(Known.queueBytes.key, "is smaller than batch.bytes", allowed: "\(batches.bytes) and more")
        }
        let problems = collector.problems + reader.problems
        guard problems.isEmpty else { throw ConfigurationError(SettingsAssembly.ordered(problems)) }
        return ConsumerSettings(
            postgres: postgres, table: table, consumers: consumers, topicPrefix: topicPrefix, groupPrefix: groupPrefix,
            groupInstance: groupInstance, batches: batches, failures: failures, inboxRetention: retention,
            drainTimeoutMilliseconds: drainTimeout, redis: redis, dataPlatform: platform, hasLegacyBrokers: hasLegacyBrokers,
            httpListen: listen, log: log, kafkaProperties: kafka.properties, warnings: collector.warnings + kafka.warnings,
            loaded: LoadedSettings(reader.effective, .consumer, kafka: kafka.properties))
    }
}
