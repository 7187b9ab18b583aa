/// A certificate with its key, as PEM files.
public struct Certificate: Hashable, Sendable {
    /// The certificate alone.
    public let certificatePath: String
    /// Its private key, PKCS#8, unencrypted.
    public let keyPath: String
    /// Key, certificate and the authority's certificate in one file: what Kafka takes as a keystore of type PEM.
    public let keystorePath: String
}
