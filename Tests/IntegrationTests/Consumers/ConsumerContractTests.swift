import ConsumerKit
import ConsumerOperations
import Drills
import Kafka
import PostgresClient
import Synchronization
import Telemetry
import TestSupport
import Testing

/// The promise of all consumers: effects exactly once, whatever the topic repeats, mixes up or holds beside events.
@Suite(.serialized, .needsServers) struct `The contract of every consumer` {
    struct Batches: CustomTestStringConvertible {
        let size: Int
        let lanes: Int
        var testDescription: String { "batches of \(size), \(lanes) lanes" }
    }

    static let batches = [Batches(size: 1, lanes: 2), Batches(size: 7, lanes: 1), Batches(size: 1_000, lanes: 3)]

    @Test func `there are consumers, and a scenario for each`() throws {
        #expect(ContractWorld.consumers.count >= 9)
        for name in ContractWorld.consumers { #expect(try ContractScenario.of(name) != nil, "\(name)") }
    }

    @Test(arguments: ContractWorld.consumers, batches)
    func `events that come twice, mixed up and amid poison have the effects of each once`(
        consumer name: String, batches: Batches
    ) throws {
        guard let scenario = try ContractScenario.of(name) else { return }
        let expected = try expectation(name, scenario)
        try Stage.perform { stage in
            try OutboxSchema.applyConsumers(on: stage.sql)
            for statements in scenario.seed { try stage.execute(statements) }
            let world = try ContractWorld(dsn: stage.dsn, bootstrap: stage.bootstrap, prefix: "\(stage.name).")
            guard let consumer = try world.consumer(name) else { return }
            let definition = consumer.definition
            for topic in definition.topics {
                try stage.createTopic(topic, partitions: 3)
                try stage.createTopic(ConsumerKitSettings.deadLetterTopic(of: topic))
            }
            let seed = UInt64.random(in: 1...999_999)
            let records = ContractRecords(scenario.events.events, for: definition.withoutPrefix("\(stage.name)."), seed: seed)
            try write(records, to: stage)

            var settings = ConsumerKitSettings(try world.settings, inboxRetentionDays: 0)
            settings.batchSize = batches.size
            settings.lanes = batches.lanes
            settings.commitIntervalMilliseconds = 100
            let lines = LogLines()
            try stage.withConsumer(consumer, settings, lines: lines) { runner in
                do {
                    try stage.wait(
                        for: "\(records.entries.count)", of: "SELECT coalesce(sum(next_offset), 0) FROM consumer_positions",
                        seconds: 30)
                } catch {
                    Issue.record("seed \(seed), \(runner.readiness)\n\(lines.all.suffix(20).joined())")
                    throw error
                }
            }
            let found = try fingerprint(scenario, world) { try stage.session().execute($0) }
            #expect(found == expected.effects, "seed \(seed)")
            try expectDeadLetters(records, expected.refusals, stage, definition, seed: seed)
        }
    }

    // MARK: Once

    private struct Expected {
        let effects: [String]
        let refusals: [String]
    }

    private static let known = Mutex<[String: Expected]>([:])

    /// A scenario has the same events each time: what they come to is found out once for each consumer.
    private func expectation(_ name: String, _ scenario: ContractScenario) throws -> Expected {
        if let known = Self.known.withLock({ $0[name] }) { return known }
        let expected = try once(name, scenario)
        Self.known.withLock { $0[name] = expected }
        return expected
    }

    /// The same consumer on the same rows, each event once, all of them in one batch and one transaction.
    private func once(_ name: String, _ scenario: ContractScenario) throws -> Expected {
        let database = try EffectsDatabase()
        let sql = try database.session()
        for statements in scenario.seed { try sql.execute(statements) }
        let world = try ContractWorld(dsn: database.dsn)
        guard let consumer = try world.consumer(name) else { return Expected(effects: [], refusals: []) }
        let outcome = try database.apply(consumer, scenario.events.events)
        for message in outcome.messages {
            try sql.execute(
                """
                INSERT INTO outbox_events (topic, aggregate_type, aggregate_id, partition_key, event_type, payload)
                VALUES ($1, $2, $3, $4, $5, $6)
                """,
                [
                    .text(message.topic), .text(message.aggregateType), .text(message.aggregateID), .optional(message.key),
                    .text(message.eventType), .text(message.payload),
                ])
        }
        return Expected(effects: try fingerprint(scenario, world) { try sql.execute($0) }, refusals: outcome.refusals)
    }

    // MARK: Looking

    private func fingerprint(
        _ scenario: ContractScenario, _ world: ContractWorld, _ execute: (String) throws -> QueryResult
    ) throws -> [String] {
        var lines: [String] = []
        for query in scenario.queries {
            let result = try execute(query)
            lines.append(query)
            lines += (0..<result.rowCount).map { row in
                (0..<result.columnCount).map { result.text(row, $0) ?? "-" }.joined(separator: " ")
            }
        }
        return try lines + world.traces()
    }

    /// One for each poison, one for each refusal of the business, in the table as in the dead-letter topics; nothing waits.
    private func expectDeadLetters(
        _ records: ContractRecords, _ refusals: [String], _ stage: Stage, _ definition: ConsumerDefinition, seed: UInt64
    ) throws {
        let rows = try stage.execute(
            """
            SELECT event_id || ': ' || reason FROM consumer_dead_letters
            WHERE convert_from(record_key, 'UTF8') NOT LIKE 'poison %' ORDER BY 1
            """)
        let found = (0..<rows.rowCount).compactMap { rows.text($0, 0) }
        #expect(found == refusals, "seed \(seed)")
        let poison = try stage.number(
            "SELECT count(DISTINCT record_key) FROM consumer_dead_letters WHERE convert_from(record_key, 'UTF8') LIKE 'poison %'")
        #expect(poison == records.poisonCount, "seed \(seed)")
        let letters = try stage.number("SELECT count(*) FROM consumer_dead_letters")
        #expect(letters == records.poisonCount + refusals.count, "seed \(seed)")
        let topics = definition.topics.map { ConsumerKitSettings.deadLetterTopic(of: $0) }
        #expect(try TopicReader.read(topics, bootstrap: stage.bootstrap).count == letters)
        #expect(try stage.number("SELECT count(*) FROM consumer_parked") == 0)
    }

    private func write(_ records: ContractRecords, to stage: Stage) throws {
        var writers: [String: EnvelopeWriter] = [:]
        for entry in records.entries {
            let topic = "\(stage.name).\(entry.topic)"
            let writer = try writers[topic] ?? EnvelopeWriter(topic, bootstrap: stage.bootstrap)
            writers[topic] = writer
            try writer.put(entry.value, key: entry.key, headers: entry.headers)
        }
        for writer in writers.values { try writer.flush() }
    }
}

extension ConsumerDefinition {
    /// The same with the topics as the shop calls them.
    fileprivate func withoutPrefix(_ prefix: String) -> ConsumerDefinition {
        ConsumerDefinition(
            name: name, topics: topics.map { String($0.dropFirst(prefix.count)) }, eventTypes: eventTypes, summary: summary)
    }
}
