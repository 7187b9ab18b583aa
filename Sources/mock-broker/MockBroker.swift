import CRDKafkaMock
import Glibc
import ServiceRuntime

/// librdkafka's mock cluster in a process of its own, for whoever has no Kafka at hand: it prints its bootstrap servers on one line
/// and stays until its standard input ends or a signal asks it to.
///
/// It keeps at most 5 MiB a partition, in memory, dropping the oldest; topics come into being with 4 partitions when a client asks
/// for them; transactions are not isolated (rdkafka_mock.h declares all of it experimental).
@main
enum MockBroker {
    private static let usage = """
        Usage: mock-broker [--brokers N]

        Starts a mock Kafka cluster of N brokers (1 to 32; default 1) on 127.0.0.1, prints its bootstrap servers,
        and stays until standard input ends (Ctrl-D) or SIGINT or SIGTERM arrives.

        Example: mock-broker --brokers 3

        """

    static func main() {
        guard let brokers = brokerCount(CommandLine.arguments.dropFirst()) else {
            let wantsHelp = CommandLine.arguments.contains { $0 == "--help" || $0 == "-h" }
            say(usage, on: wantsHelp ? STDOUT_FILENO : STDERR_FILENO)
            exit(wantsHelp ? 0 : 2)
        }
        do {
            let stopping = try EventFD()
            let signals = try SignalWatcher.start { _ in stopping.signal() }
            try serve(brokers: brokers, until: stopping)
            signals.stop()
        } catch {
            say("mock-broker: \(error)\n", on: STDERR_FILENO)
            exit(1)
        }
    }

    private static func brokerCount(_ arguments: ArraySlice<String>) -> Int32? {
        if arguments.isEmpty { return 1 }
        let words = arguments.flatMap { $0.split(separator: "=", maxSplits: 1) }
        guard words.count == 2, words[0] == "--brokers", let count = Int32(words[1]), (1...32).contains(count) else { return nil }
        return count
    }

    private static func serve(brokers: Int32, until stopping: EventFD) throws(SystemError) {
        var text = [CChar](repeating: 0, count: 512)
        // The cluster runs on threads of a client instance, which is never used as one.
        let configuration = rd_kafka_conf_new()
        // 4: warnings. Without it, it remarks that it was given no servers to connect to.
        rd_kafka_conf_set(configuration, "log_level", "4", nil, 0)
        guard let client = rd_kafka_new(RD_KAFKA_PRODUCER, configuration, &text, text.count) else {
            throw SystemError(code: EAGAIN, call: "rd_kafka_new")
        }
        defer { rd_kafka_destroy(client) }
        guard let cluster = rd_kafka_mock_cluster_new(client, brokers) else {
            throw SystemError(code: EAGAIN, call: "rd_kafka_mock_cluster_new")
        }
        defer { rd_kafka_mock_cluster_destroy(cluster) }
        say(String(cString: rd_kafka_mock_cluster_bootstraps(cluster)) + "\n", on: STDOUT_FILENO)
        var ignored = [UInt8](repeating: 0, count: 4096)
        while true {
            let found = try waitReadable(
                [PollTarget(stopping.fileDescriptor), PollTarget(STDIN_FILENO)], timeoutMilliseconds: -1)
            if !found[0].isEmpty || (!found[1].isEmpty && read(STDIN_FILENO, &ignored, ignored.count) <= 0) { return }
        }
    }

    private static func say(_ text: String, on descriptor: Int32) {
        let bytes = Array(text.utf8)
        _ = write(descriptor, bytes, bytes.count)
    }
}
