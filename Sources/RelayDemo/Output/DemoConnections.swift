import CommandLineKit
import Glibc
import LocalServers

/// How to reach what is running.
struct DemoConnections {
    /// Version and address of PostgreSQL, as one text; of Kafka likewise.
    let postgres: String
    let kafka: String
    private let psql: String
    private let dsn: String
    private let bootstrap: String
    private let statusURL: String
    private let metricsURL: String
    private let logPath: String
    private let configurationPath: String
    private let consumer: String
    private let fanoutLogPath: String?
    private let fanoutStatusURL: String?
    /// Where events can be looked at; nil without a fan-out.
    let pageURL: String?

    init(_ servers: DemoServers, _ relay: DemoProcess, _ browsers: BrowserSide?, _ options: DemoOptions) {
        postgres = "PostgreSQL \(servers.postgres.installation.majorVersion)"
        kafka = servers.kafka.label
        bootstrap = servers.kafka.bootstrap
        let installed = "\(servers.postgres.installation.binDirectory)/psql"
        let program = Self.isInPath("psql", options) || access(installed, X_OK) != 0 ? "psql" : installed
        psql = "\(program) -h 127.0.0.1 -p \(servers.postgres.port) -U postgres"
        dsn = servers.postgres.dsn()
        statusURL = relay.statusURL
        metricsURL = relay.metricsURL
        logPath = relay.logPath
        configurationPath = relay.configurationPath
        consumer = Self.consumer(bootstrap, options)
        fanoutLogPath = browsers?.process.logPath
        fanoutStatusURL = browsers?.process.statusURL
        pageURL = browsers?.pageURL
    }

    private static func consumer(_ bootstrap: String, _ options: DemoOptions) -> String {
        if let home = options.kafkaHome {
            return
                "\(home)/bin/kafka-console-consumer.sh --bootstrap-server \(bootstrap) --topic \(DemoOptions.topic) --from-beginning"
        }
        let hint = isInPath("kcat", options) ? "" : "   (apt-get install kcat)"
        return "kcat -b \(bootstrap) -t \(DemoOptions.topic) -C -q\(hint)"
    }

    private static func isInPath(_ program: String, _ options: DemoOptions) -> Bool {
        (options.environment["PATH"] ?? "").split(separator: ":").contains { access("\($0)/\(program)", X_OK) == 0 }
    }

    private var insert: String {
        guard pageURL == nil else {
            return """
                INSERT INTO outbox_events (aggregate_type, aggregate_id, event_type, topic, payload)
                  VALUES ('USER', '42', 'NOTIFICATION', '\(DemoOptions.browserTopic)', '{"user_id": 42, "message": "Hello"}');
                """
        }
        return """
            INSERT INTO outbox_events (aggregate_type, aggregate_id, event_type, topic, payload)
              VALUES ('ORDER', '42', 'ORDER_PAID', '\(DemoOptions.topic)', '{"order_id": 42, "total_amount": 1999}');
            """
    }

    var text: String {
        var table = Table(["", ""])
        table.append(["PostgreSQL", psql])
        table.append(["Kafka", bootstrap])
        table.append(["", consumer])
        table.append(["Relay", statusURL])
        table.append(["", metricsURL])
        table.append(["", logPath])
        table.append(["", "outbox-relay status --config \(configurationPath)"])
        if let fanoutStatusURL, let fanoutLogPath {
            table.append(["Fan-out", fanoutStatusURL])
            table.append(["", fanoutLogPath])
        }
        return "\n" + table.render() + "\nTry it in psql:\n\n" + insert + "\n\n"
    }

    var json: JSONValue {
        [
            "psql": JSONValue(psql), "dsn": JSONValue(dsn), "bootstrap_servers": JSONValue(bootstrap),
            "status_url": JSONValue(statusURL), "metrics_url": JSONValue(metricsURL), "relay_log": JSONValue(logPath),
            "relay_config": JSONValue(configurationPath), "page_url": JSONValue(pageURL),
            "fanout_status_url": JSONValue(fanoutStatusURL), "fanout_log": JSONValue(fanoutLogPath), "insert": JSONValue(insert),
        ]
    }
}
