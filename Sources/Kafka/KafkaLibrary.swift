internal import CRDKafka

/// The librdkafka that this process runs with, which may be newer than the one it was built against.
public enum KafkaLibrary {
    /// 0xMMmmrrpp: major, minor, revision, pre-release (0xff for a release). Version 2.6.1 is 0x020601ff.
    public static let version = Int(rd_kafka_version())

    /// For instance "2.0.2".
    public static let versionText = String(cString: rd_kafka_version_str())

    /// The first version whose SCRAM handshake Apache Kafka 4 accepts; older ones send the client nonce twice (CHANGELOG of
    /// librdkafka 2.6.1; Kafka 3.9 and older tolerate it).
    static let firstVersionWithCorrectSCRAM = 0x0206_01FF

    /// Why this combination of library and properties must not be started, with the ways out; nil when there is no objection.
    ///
    /// - Parameters:
    ///   - acceptsLegacyBroker: the operator states that the brokers are Kafka 3.9 or older, which cannot be found out before.
    ///   - version: as ``version``; given only to ask about another library.
    public static func refusal(
        for properties: KafkaProperties, acceptsLegacyBroker: Bool, version: Int = KafkaLibrary.version
    ) -> String? {
        guard version < firstVersionWithCorrectSCRAM, !acceptsLegacyBroker else { return nil }
        guard properties["security.protocol"]?.lowercased().hasPrefix("sasl_") == true else { return nil }
        let mechanism = properties["sasl.mechanisms"] ?? properties["sasl.mechanism"] ?? "GSSAPI"
        guard mechanism.uppercased().hasPrefix("SCRAM-") else { return nil }
        return """
            \(mechanism) does not work with librdkafka \(text(of: version)) on Apache Kafka 4 and later: it sends the SCRAM nonce \
            twice, which such a broker refuses as invalid credentials. Ways out: librdkafka 2.6.1 or later (put its folder into \
            LD_LIBRARY_PATH), or sasl.mechanisms=PLAIN over TLS, or a client certificate (security.protocol=ssl), or \
            OAUTHBEARER; if the brokers are Kafka 3.9 or older, scram.legacy.brokers=true.
            """
    }

    private static func text(of version: Int) -> String {
        "\((version >> 24) & 0xFF).\((version >> 16) & 0xFF).\((version >> 8) & 0xFF)"
    }
}
