internal import Kafka
internal import PostgresClient
internal import ServiceRuntime
internal import Telemetry

/// What has to hold before a consumer reads its first record.
struct StartCheck {
    enum Answer {
        case ready
        /// Not now; said once.
        case wait(reason: String)
        /// Never, unless somebody changes something.
        case refuse(reason: String)
    }

    let shared: RunnerShared
    let positions: PositionStore

    func run() -> Answer {
        do throws(PostgresError) {
            try positions.register()
            let connection = try positions.open()
            let today = CivilDay.number(ofMicroseconds: MonotonicTime.wallClockMicroseconds())
            if shared.definition.usesInbox {
                do throws(EffectError) { try shared.days.ensure([today, today + 1], on: connection) } catch {
                    return .wait(reason: error.message)
                }
                try shared.days.refreshStrays(on: connection)
            }
        } catch {
            if error.sqlState == .undefinedTable {
                return .refuse(
                    reason:
                        "the consumers' tables are not in the database (\(error.message)): run outbox-consumer migrate up first")
            }
            if error.kind == .configuration { return .refuse(reason: "\(error)") }
            return .wait(reason: "\(error)")
        }
        return shared.definition.usesInbox ? retention() : .ready
    }

    /// Claims have to outlive the events in the topics.
    private func retention() -> Answer {
        let days = shared.settings.inboxRetentionDays
        guard days > 0 else { return .ready }
        var topics: [(name: String, settings: KafkaProperties)] = []
        do throws(KafkaError) {
            let admin = try Admin(properties: shared.settings.kafka.forProducer, logger: shared.logger)
            defer { admin.close() }
            for topic in shared.definition.topics {
                let found = try admin.metadata(topic: topic, creatingMissing: false, timeoutMilliseconds: 5_000)
                guard found.exists else {
                    shared.logger.warning("a topic does not exist yet", [.topic: .string(topic)])
                    continue
                }
                do throws(KafkaError) {
                    topics.append((topic, try admin.topicSettings(topic, timeoutMilliseconds: 5_000)))
                } catch {
                    // Not every role may describe settings, and the mock broker cannot.
                    shared.logger.warning(
                        "a topic's retention cannot be read, so the inbox's is not held against it",
                        [.topic: .string(topic), .error: .string("\(error)")])
                }
            }
        } catch { return .wait(reason: "\(error)") }
        return RetentionCheck.objection(days: days, topics: topics).map { .refuse(reason: $0) } ?? .ready
    }
}
