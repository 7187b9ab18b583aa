import Kafka
import Testing

@Suite struct `Kafka library` {
    @Test func `version and text say the same`() {
        let version = KafkaLibrary.version
        #expect(
            KafkaLibrary.versionText.hasPrefix("\((version >> 24) & 0xFF).\((version >> 16) & 0xFF).\((version >> 8) & 0xFF)"))
        #expect(version >= 0x0200_02FF)
    }

    @Test(arguments: [
        ("sasl_ssl", "SCRAM-SHA-256", 0x0200_02FF, false, true),
        ("SASL_PLAINTEXT", "scram-sha-512", 0x0206_00FF, false, true),
        ("sasl_ssl", "SCRAM-SHA-256", 0x0206_01FF, false, false),
        ("sasl_ssl", "SCRAM-SHA-512", 0x0210_00FF, false, false),
        ("sasl_ssl", "SCRAM-SHA-256", 0x0200_02FF, true, false),
        ("sasl_ssl", "PLAIN", 0x0200_02FF, false, false),
        ("plaintext", "SCRAM-SHA-256", 0x0200_02FF, false, false),
    ])
    func `SCRAM with an old library is refused`(
        securityProtocol: String, mechanism: String, version: Int, acceptsLegacyBroker: Bool, isRefused: Bool
    ) {
        for key in ["sasl.mechanisms", "sasl.mechanism"] {
            let properties: KafkaProperties = ["security.protocol": securityProtocol, key: mechanism]
            let refusal = KafkaLibrary.refusal(for: properties, acceptsLegacyBroker: acceptsLegacyBroker, version: version)
            #expect((refusal != nil) == isRefused)
            if let refusal {
                #expect(refusal.contains("LD_LIBRARY_PATH") && refusal.contains("PLAIN") && refusal.contains("2.6.1"))
            }
        }
    }
}
