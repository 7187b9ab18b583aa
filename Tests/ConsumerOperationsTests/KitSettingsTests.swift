import Configuration
import ConsumerKit
import ConsumerOperations
import Testing

struct KitSettingsTests {
    @Test(
        arguments: [
            ([], 60_000), ([("statement.timeout.ms", "30000")], 60_000), ([("statement.timeout.ms", "600000")], 630_000),
            ([("data.platform.timeout.ms", "10000")], 60_000), ([("data.platform.timeout.ms", "600000")], 650_000),
            ([("statement.timeout.ms", "3600000"), ("data.platform.timeout.ms", "600000")], 3_630_000),
        ] as [([(String, String)], Int64)])
    func `what the settings allow to take its time does not count as a hang`(settings: [(String, String)], expected: Int64) throws
    {
        var given: [(String, String)] = [("postgres.dsn", "host=db")]
        given += settings
        let loaded = try SettingsLoader.loadConsumer(file: nil, environment: [:], overrides: given, envFile: nil)
        #expect(ConsumerKitSettings(loaded, inboxRetentionDays: 1).watchdogMilliseconds == expected)
    }

    @Test(arguments: [(Int64.max, 10_000), (30_000, .max), (.max, .max)] as [(Int64, Int64)])
    func `no time stops the process`(statement: Int64, request: Int64) {
        let watchdog = ConsumerKitSettings.watchdog(statementMilliseconds: statement, requestMilliseconds: request)
        #expect(watchdog > 1_000_000_000)
        #expect(!watchdog.multipliedReportingOverflow(by: 1_000_000).overflow)
    }
}
