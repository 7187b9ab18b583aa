public import Kafka
import Telemetry

/// Makes the topics of a drill.
public enum DrillTopics {
    /// Throws the first refusal, of a topic that exists already as well.
    public static func create(_ topics: [NewTopic], bootstrap: String) throws {
        let admin = try Admin(properties: ["bootstrap.servers": bootstrap], logger: .disabled)
        defer { admin.close() }
        for error in try admin.createTopics(topics, timeoutMilliseconds: 30_000) { if let error { throw error } }
    }
}
