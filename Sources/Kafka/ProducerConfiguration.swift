internal import CRDKafka
internal import Telemetry

/// Checks a producer's properties before anything is started.
public enum ProducerConfiguration {
    /// Refuses what librdkafka would refuse: an unknown key, a value of the wrong type or out of range; with `makingClient` also
    /// conflicts between keys and unreadable certificate files, at the price of a client that is made and destroyed at once
    /// (some milliseconds; it may begin to connect, but nothing is sent that a broker would keep).
    ///
    /// The error names the key and what is wrong with it, never the value of a secret.
    public static func validate(_ properties: KafkaProperties, makingClient: Bool = false) throws(KafkaError) {
        if makingClient {
            try ClientHandle(RD_KAFKA_PRODUCER, properties, logger: .disabled).destroy()
        } else {
            try ClientConfiguration(redaction: SecretRedaction(properties)).apply(properties)
        }
    }
}
