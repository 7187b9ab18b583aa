import Drills
import LocalServers
import ServiceRuntime
import Synchronization
import TestSupport

/// The cluster of the tests that need listeners with TLS and SASL, and topics that are not created by themselves. Started when it is
/// first asked for.
enum KafkaClusters {
    struct Secured: Sendable {
        let kafka: TemporaryKafka
        let authority: CertificateAuthority

        func bootstrap(_ listener: String) -> String { kafka.bootstrap(of: listener) }
    }

    static let user = "alice"

    static let plainPassword = "plain-s3cret"
    static let scramPassword = "scram-s3cret"

    private static let shared = Mutex<Secured?>(nil)

    static func secured() throws -> TemporaryKafka { try securedCluster().kafka }

    static func securedCluster() throws -> Secured {
        guard let home = TestServers.kafkaHome else {
            throw LocalServerError("KAFKA_HOME is not set: this test " + TestServers.howToGetThem)
        }
        return try shared.withLock { shared in
            if let shared { return shared }
            let made = try make(home)
            shared = made
            return made
        }
    }

    private static func make(_ home: String) throws -> Secured {
        let authority = try CertificateAuthority()
        let certificate = try authority.server()
        var options = KafkaOptions()
        options.createsTopics = false
        options.securedProtocols = ["SSL", "SASL_SSL"]
        options.scramUsers = [KafkaOptions.ScramUser(name: user, password: scramPassword)]
        let login = "org.apache.kafka.common.security"
        options.properties = [
            "ssl.keystore.type": "PEM", "ssl.keystore.location": certificate.keystorePath, "ssl.truststore.type": "PEM",
            "ssl.truststore.location": authority.certificatePath,
            "listener.name.sasl_ssl.sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
            "listener.name.sasl_ssl.plain.sasl.jaas.config":
                "\(login).plain.PlainLoginModule required user_\(user)=\"\(plainPassword)\";",
            "listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config": "\(login).scram.ScramLoginModule required;",
            "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": "\(login).scram.ScramLoginModule required;",
        ]
        return Secured(kafka: try TemporaryKafka(home: home, options: options), authority: authority)
    }
}
