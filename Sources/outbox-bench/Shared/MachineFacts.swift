import CommandLineKit
import Glibc
import Kafka
import LocalServers

/// What a measurement has to be read with.
struct MachineFacts {
    let command = OwnExecutable.commandLine
    let cores = Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    let processor: String
    let loadBefore: String
    let kafkaLibrary = KafkaLibrary.versionText
    /// nil when none takes part.
    let postgres: String?
    let broker: String

    init(postgres: String?, broker: String) {
        self.postgres = postgres
        self.broker = broker
        let model = (TextFile.read("/proc/cpuinfo") ?? "").split(separator: "\n").first { $0.hasPrefix("model name") }
        processor = model.flatMap { $0.split(separator: ":").last }.map { String($0.drop { $0 == " " }) } ?? "unknown"
        loadBefore = (TextFile.read("/proc/loadavg") ?? "").split(separator: " ").prefix(1).joined()
    }

    var lines: String {
        """
        \(command)
        \(postgres.map { "PostgreSQL \($0), " } ?? "")\(broker), librdkafka \(kafkaLibrary), \(cores) cores (\(processor)), load before \(loadBefore)

        """
    }

    var json: JSONValue {
        [
            "command": .string(command), "postgres": JSONValue(postgres), "broker": .string(broker),
            "librdkafka": .string(kafkaLibrary), "cores": .int(Int64(cores)), "processor": .string(processor),
            "load_before": .string(loadBefore),
        ]
    }
}
