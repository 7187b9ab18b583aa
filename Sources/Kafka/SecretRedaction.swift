/// Replaces the configured secrets in texts that librdkafka composes, whatever place they turn up in.
struct SecretRedaction: Sendable {
    private let secrets: [String]

    init(_ properties: KafkaProperties) {
        secrets = properties.all.filter { KafkaProperties.isSecret($0.key) && !$0.value.isEmpty }.map(\.value)
            .sorted { $0.utf8.count > $1.utf8.count }
    }

    func apply(_ text: String) -> String {
        secrets.reduce(text) { text, secret in
            text.contains(secret) ? text.replacing(secret, with: "***") : text
        }
    }
}
