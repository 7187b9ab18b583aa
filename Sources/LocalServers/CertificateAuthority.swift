import ServiceRuntime

/// A certificate authority for the length of a test, made with the `openssl` command: elliptic-curve keys (P-256), valid for a day.
///
/// Its files live in a temporary folder and go with this object. One thread at a time issues certificates.
public final class CertificateAuthority: Sendable {
    private let folder: TemporaryFolder

    /// The authority's certificate: what clients are to trust.
    public var certificatePath: String { "\(folder.path)/ca.crt" }

    /// Throws a `LocalServerError` with what `openssl` said.
    public init(commonName: String = "outbox-relay test authority") throws(LocalServerError) {
        folder = try TemporaryFolder()
        try run([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
            "-subj", "/CN=\(commonName)", "-keyout", "ca.key", "-out", "ca.crt",
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign",
        ])
    }

    /// A certificate for a server that is reached under these names; "127.0.0.1" and the like become address entries.
    public func server(_ name: String = "server", hosts: [String] = ["localhost", "127.0.0.1"]) throws(LocalServerError)
        -> Certificate
    {
        let entries = hosts.map { ($0.allSatisfy { $0.isNumber || $0 == "." } ? "IP:" : "DNS:") + $0 }
        return try issue(
            name, commonName: hosts.first ?? name,
            extensions: "subjectAltName=\(entries.joined(separator: ","))\nextendedKeyUsage=serverAuth,clientAuth\n")
    }

    /// A server's certificate that verifies, but for a name that is not this machine's.
    public func serverOfWrongHost() throws(LocalServerError) -> Certificate {
        try server("wrong-host", hosts: ["elsewhere.invalid"])
    }

    /// A client's certificate; the common name is what servers map to a user.
    public func client(commonName: String) throws(LocalServerError) -> Certificate {
        try issue("client-\(commonName)", commonName: commonName, extensions: "extendedKeyUsage=clientAuth\n")
    }

    private func issue(_ name: String, commonName: String, extensions: String) throws(LocalServerError) -> Certificate {
        let path = "\(folder.path)/\(name)"
        try FileTree.write(extensions, to: "\(path).ext")
        try run([
            "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=\(commonName)",
            "-keyout", "\(name).key", "-out", "\(name).csr",
        ])
        try run([
            "x509", "-req", "-in", "\(name).csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "1",
            "-extfile", "\(name).ext", "-out", "\(name).crt",
        ])
        let parts = ["\(path).key", "\(path).crt", certificatePath].map { TextFile.read($0) ?? "" }
        try FileTree.write(parts.joined(), to: "\(path).pem", mode: 0o600)
        return Certificate(certificatePath: "\(path).crt", keyPath: "\(path).key", keystorePath: "\(path).pem")
    }

    private func run(_ arguments: [String]) throws(LocalServerError) {
        var command = ChildCommand("openssl", arguments)
        command.workingDirectory = folder.path
        _ = try CommandResult.ofSuccess(command, name: "openssl \(arguments[0])")
    }
}
