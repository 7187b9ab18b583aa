import COpenSSL
import Glibc

/// A TLS client over a `RawClient`'s socket. Trusts everybody.
final class TLSClient {
    let raw: RawClient
    private let context: OpaquePointer
    private let ssl: OpaquePointer
    private var input: [UInt8] = []

    /// - Parameters:
    ///   - version: the only protocol version to offer.
    ///   - session: of an earlier connection, to be resumed.
    init(port: UInt16, version: Int32? = nil, session: OpaquePointer? = nil, protocols: [String] = []) throws {
        // OpenSSL writes to sockets as to files.
        signal(SIGPIPE, SIG_IGN)
        raw = try RawClient(port: port)
        guard let context = SSL_CTX_new(TLS_client_method()), let ssl = SSL_new(context) else {
            throw RawClientError(what: "SSL_new", code: 0)
        }
        self.context = context
        self.ssl = ssl
        if let version {
            // Old versions only work at the lowest security level.
            SSL_set_security_level(ssl, 0)
            copenssl_set_versions(ssl, version)
        }
        if let session { SSL_set_session(ssl, session) }
        let offer = protocols.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
        if !offer.isEmpty { SSL_set_alpn_protos(ssl, offer, UInt32(offer.count)) }
        SSL_set_fd(ssl, raw.descriptor)
        let status = SSL_connect(ssl)
        guard status == 1 else {
            ERR_clear_error()
            throw RawClientError(what: "SSL_connect", code: status)
        }
    }

    deinit {
        SSL_free(ssl)
        SSL_CTX_free(context)
    }

    var certificateName: String {
        guard let certificate = SSL_get1_peer_certificate(ssl) else { return "" }
        defer { X509_free(certificate) }
        var text = [CChar](repeating: 0, count: 256)
        X509_NAME_oneline(X509_get_subject_name(certificate), &text, 256)
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    var version: Int32 { SSL_version(ssl) }

    var isResumed: Bool { SSL_session_reused(ssl) == 1 }

    /// For another connection; to be freed with SSL_SESSION_free. Has a ticket once something was read.
    var session: OpaquePointer? { SSL_get1_session(ssl) }

    var chosenProtocol: String {
        var name: UnsafePointer<UInt8>?
        var length: UInt32 = 0
        SSL_get0_alpn_selected(ssl, &name, &length)
        return String(decoding: UnsafeBufferPointer(start: name, count: Int(length)), as: UTF8.self)
    }

    /// Whether the server has said that it ends the connection.
    var wasToldTheEnd: Bool { SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN != 0 }

    @discardableResult
    func send(_ bytes: some Sequence<UInt8>) -> Bool {
        let bytes = Array(bytes)
        return SSL_write(ssl, bytes, Int32(bytes.count)) == bytes.count
    }

    @discardableResult
    func send(_ text: String) -> Bool { send(text.utf8) }

    /// Reads exactly so many bytes, or those before the end.
    func read(_ count: Int) -> [UInt8] {
        while input.count < count, fill() {}
        let bytes = Array(input.prefix(count))
        input.removeFirst(bytes.count)
        return bytes
    }

    func readToEnd() -> [UInt8] {
        while fill() {}
        return input
    }

    /// Sends GET on a connection that ends with the answer, and reads that.
    func get(_ target: String) -> String {
        send("GET \(target) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        return String(decoding: readToEnd(), as: UTF8.self)
    }

    private func fill() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 16_384)
        let count = SSL_read(ssl, &chunk, Int32(chunk.count))
        ERR_clear_error()
        guard count > 0 else { return false }
        input.append(contentsOf: chunk[..<Int(count)])
        return true
    }
}
