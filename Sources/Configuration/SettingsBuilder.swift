/// Makes the typed settings from the collected texts and checks what belongs together.
enum SettingsBuilder {
    static func build(_ collector: SettingCollector) throws(ConfigurationError) -> RelaySettings {
        var reader = SettingsReader(collector.settings)
        var warnings = collector.warnings
        let router = RouterDefaults(collector.routerOrigin)
        let postgres = PostgresSettings(
            dsn: reader.read(KnownSettings.postgresDSN), password: reader.read(KnownSettings.postgresPassword))
        let table = reader.read(KnownSettings.table)
        let checkpoints = QualifiedName(schema: table.schema, name: KnownSettings.checkpointTable.defaultValue.name)
        let checkpointTable = reader.read(
            KnownSettings.checkpointTable, implied: SettingsReader.Implied(value: checkpoints, text: checkpoints.description))
        let columns = readColumns(&reader, router)
        let routing = RoutingSettings(
            defaultTopic: reader.read(KnownSettings.topicDefault), prefix: reader.read(KnownSettings.topicPrefix),
            pattern: reader.read(KnownSettings.topicPattern, implied: router.topicPattern))
        let deadLetter = DeadLetterSettings(
            action: reader.read(KnownSettings.deadLetter), topic: reader.read(KnownSettings.deadLetterTopic))
        let flow = FlowSettings(
            inFlightEvents: reader.read(KnownSettings.inFlightEvents), inFlightBytes: reader.read(KnownSettings.inFlightBytes),
            drainTimeoutMilliseconds: reader.read(KnownSettings.drainTimeout),
            feedbackIntervalMilliseconds: reader.read(KnownSettings.feedbackInterval),
            stallTimeoutMilliseconds: reader.read(KnownSettings.stallTimeout))
        let slot = SlotSettings(
            repair: reader.read(KnownSettings.slotRepair), walBudgetBytes: reader.read(KnownSettings.walBudget),
            walBudgetAction: reader.read(KnownSettings.walBudgetAction),
            heartbeatIntervalMilliseconds: reader.read(KnownSettings.heartbeat))
        let hasLegacyBrokers = reader.read(KnownSettings.legacySCRAM)
        let polling = PollingSettings(
            intervalMilliseconds: reader.read(KnownSettings.pollingInterval),
            batchSize: reader.read(KnownSettings.pollingBatchSize),
            shards: reader.read(KnownSettings.pollingShards), maxAttempts: reader.read(KnownSettings.pollingMaxAttempts),
            leaseMilliseconds: reader.read(KnownSettings.pollingLease))
        let retention = RetentionSettings(
            published: reader.read(KnownSettings.retentionPublished), dead: reader.read(KnownSettings.retentionDead),
            intervalMilliseconds: reader.read(KnownSettings.retentionInterval),
            batchSize: reader.read(KnownSettings.retentionBatch))
        let slotFailover = reader.read(KnownSettings.slotFailover)
        let afterPublish = readAfterPublish(&reader, columns, router, &warnings)
        let slotName = reader.read(KnownSettings.slotName)
        let publicationName = reader.read(KnownSettings.publicationName)
        let mode = reader.read(KnownSettings.mode)
        let delivery = reader.read(KnownSettings.delivery)
        let format = reader.read(KnownSettings.format, implied: router.format)
        let source = reader.read(KnownSettings.cloudEventsSource)
        let listen = reader.read(KnownSettings.httpListen)
        let log = LogSettings(format: reader.read(KnownSettings.logFormat), level: reader.read(KnownSettings.logLevel))
        let kafka = reader.readKafka(.relay)
        if mode == .polling, afterPublish == .keep {
            reader.refuse(
                "after.publish", "is keep, and polling would publish the same rows again and again",
                allowed: "mark, delete; or mode=cdc")
        }
        if afterPublish == .keep, retention.dead != nil {
            reader.refuse(KnownSettings.retentionDead.key, "needs a status, and after.publish=keep writes none")
        }
        check(postgres, table, checkpointTable, columns, routing, deadLetter, &reader)
        checkRelease(slot, mode, afterPublish, &reader)
        let problems = collector.problems + reader.problems
        guard problems.isEmpty else { throw ConfigurationError(SettingsAssembly.ordered(problems)) }
        return RelaySettings(
            postgres: postgres, slotName: slotName, publicationName: publicationName, table: table, columns: columns,
            checkpointTable: checkpointTable, mode: mode, delivery: delivery, afterPublish: afterPublish, routing: routing,
            format: format, cloudEventsSource: source, deadLetter: deadLetter, flow: flow, slot: slot,
            hasLegacyBrokers: hasLegacyBrokers, polling: polling, retention: retention, slotFailover: slotFailover,
            httpListen: listen, log: log,
            kafkaProperties: kafka.properties, warnings: warnings + router.warnings + kafka.warnings,
            loaded: LoadedSettings(reader.effective, .relay, kafka: kafka.properties))
    }

    private static func readColumns(_ reader: inout SettingsReader, _ router: RouterDefaults) -> ColumnSettings {
        let preset = reader.read(KnownSettings.columns, implied: router.columns)
        var names: [ColumnRole: String] = [:]
        var explicit: Set<ColumnRole> = []
        for role in ColumnRole.allCases {
            let setting = KnownSettings.column(role)
            let name = preset.name(of: role)
            names[role] = reader.read(setting, implied: SettingsReader.Implied(value: name, text: name ?? ""))
            if reader.isGiven(setting.key), names[role] != nil { explicit.insert(role) }
        }
        return ColumnSettings(preset: preset, explicitRoles: explicit, names: names)
    }

    /// Without a status column there is nothing to mark: said when somebody asked for it, and else the rows are kept.
    private static func readAfterPublish(
        _ reader: inout SettingsReader, _ columns: ColumnSettings, _ router: RouterDefaults, _ warnings: inout [String]
    ) -> AfterPublish {
        let setting = KnownSettings.afterPublish
        let hasStatus = columns[.status] != nil
        let keep = SettingsReader.Implied(value: AfterPublish.keep, text: AfterPublish.keep.rawValue)
        let mark = SettingsReader.Implied(value: AfterPublish.mark, text: AfterPublish.mark.rawValue)
        let value = reader.read(setting, implied: router.afterPublish ?? (hasStatus ? mark : keep))
        guard !hasStatus else { return value }
        if !reader.isGiven(setting.key) {
            if router.afterPublish == nil {
                warnings.append("after.publish is keep, because there is no status column (column.status) to mark")
            }
        } else if value == .mark {
            reader.refuse(setting.key, "mark needs a status column, and column.status is empty", allowed: "delete, keep")
        }
        return value
    }

    private static func check(
        _ postgres: PostgresSettings, _ table: QualifiedName, _ checkpointTable: QualifiedName, _ columns: ColumnSettings,
        _ routing: RoutingSettings, _ deadLetter: DeadLetterSettings, _ reader: inout SettingsReader
    ) {
        SettingsAssembly.check(postgres, &reader)
        if table == checkpointTable { reader.refuse("checkpoint.table", "is the outbox table itself") }
        if let pattern = routing.pattern {
            for placeholder in TopicPattern.Placeholder.allCases where pattern.uses(placeholder) {
                let role: ColumnRole = placeholder == .aggregateType ? .aggregateType : .eventType
                if columns[role] == nil {
                    reader.refuse("topic.pattern", "uses ${\(placeholder.rawValue)}, and column.\(role.rawValue) is empty")
                }
            }
        }
        guard let topic = routing.defaultTopic.map({ routing.prefix + $0 }) else { return }
        if topic.utf8.count > 249 { reader.refuse("topic.prefix", "with topic.default it is longer than 249 characters") }
        if topic == deadLetter.topic {
            reader.refuse("dead.letter.topic", "is the topic of ordinary events as well (topic.prefix and topic.default)")
        }
    }

    /// A slot that is given up needs somebody who goes on without it.
    private static func checkRelease(
        _ slot: SlotSettings, _ mode: RelayMode, _ afterPublish: AfterPublish, _ reader: inout SettingsReader
    ) {
        guard slot.walBudgetAction == .release else { return }
        if mode == .cdc {
            reader.refuse(
                "wal.budget.action", "release goes on by polling, which mode=cdc excludes", allowed: "alert, or mode=auto")
        } else if afterPublish == .keep {
            reader.refuse(
                "wal.budget.action", "release goes on by polling, which needs after.publish=mark or delete", allowed: "alert")
        }
    }
}
