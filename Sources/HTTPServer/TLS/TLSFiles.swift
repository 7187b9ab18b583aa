/// Where a server finds what it proves its name with.
public struct TLSFiles: Sendable, Hashable {
    /// Path of the certificate in PEM, followed in the same file by those that lead to a root.
    public var certificate: String
    /// Path of the private key in PEM, without a pass phrase.
    public var key: String
    /// How often to look whether the files changed. They are read again then.
    public var checkMilliseconds: Int

    /// - Parameter checkMilliseconds: at least 1.
    public init(certificate: String, key: String, checkMilliseconds: Int = 10_000) {
        self.certificate = certificate
        self.key = key
        self.checkMilliseconds = max(1, checkMilliseconds)
    }
}
