import CRDKafka
import CRDKafkaMock
import Foundation

/// A broker inside this process, by librdkafka's own mock. `KAFKA_BOOTSTRAP_SERVERS` puts a real cluster in the place of the shared
/// one.
final class MockCluster: @unchecked Sendable {
    /// For all tests that inject nothing: they keep apart by topic names.
    static let shared = MockCluster()
    static let isReal = ProcessInfo.processInfo.environment["KAFKA_BOOTSTRAP_SERVERS"] != nil

    private let client: OpaquePointer
    private let cluster: OpaquePointer

    init() {
        let configuration = rd_kafka_conf_new()
        var text = [CChar](repeating: 0, count: 256)
        // The client only hosts the mock; without this it would complain about having no brokers.
        rd_kafka_conf_set(configuration, "log_level", "0", &text, text.count)
        client = rd_kafka_new(RD_KAFKA_PRODUCER, configuration, &text, text.count)
        cluster = rd_kafka_mock_cluster_new(client, 1)
    }

    deinit {
        rd_kafka_mock_cluster_destroy(cluster)
        rd_kafka_destroy(client)
    }

    var bootstrapServers: String {
        if self === MockCluster.shared, let real = ProcessInfo.processInfo.environment["KAFKA_BOOTSTRAP_SERVERS"] { return real }
        return String(cString: rd_kafka_mock_cluster_bootstraps(cluster))
    }

    func createTopic(_ name: String, partitions: Int32) {
        rd_kafka_mock_topic_create(cluster, name, partitions, 1)
    }

    /// The next Produce requests are answered with these errors, one each, and not stored.
    func refuseProduceRequests(_ codes: [Int32]) {
        push(apiKey: 0, codes)
    }

    /// The next OffsetCommit requests are answered with these errors, one each, and not stored.
    func refuseCommitRequests(_ codes: [Int32]) {
        push(apiKey: 8, codes)
    }

    private func push(apiKey: Int16, _ codes: [Int32]) {
        let errors = codes.map { rd_kafka_resp_err_t(rawValue: $0) }
        rd_kafka_mock_push_request_errors_array(cluster, apiKey, errors.count, errors)
    }

    /// Every answer comes this much later.
    func delayAnswers(milliseconds: Int32) {
        rd_kafka_mock_broker_set_rtt(cluster, 1, milliseconds)
    }
}
