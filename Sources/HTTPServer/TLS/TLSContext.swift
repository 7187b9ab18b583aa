import COpenSSL
import Glibc

/// A certificate with its key and the rules of the handshake: OpenSSL's SSL_CTX. Immutable once it is made; connections hold
/// what they need of it, so it may go while they are open.
///
/// `@unchecked Sendable`: making connections from an SSL_CTX is thread-safe in OpenSSL as long as nobody changes it.
final class TLSContext: @unchecked Sendable {
    private let context: OpaquePointer
    /// When the certificate ends, in seconds since 1970-01-01 UTC.
    let expiresAt: Int64?

    init(_ files: TLSFiles) throws(TLSError) {
        ERR_clear_error()
        guard let context = SSL_CTX_new(TLS_server_method()) else { throw .last("TLS") }
        do {
            try Self.load(files, into: context)
        } catch {
            SSL_CTX_free(context)
            throw error
        }
        self.context = context
        expiresAt = Self.expiry(of: context)
        setRules()
    }

    deinit {
        SSL_CTX_free(context)
    }

    /// The TLS side of a new connection, which the caller owns. nil when memory ran out.
    func makeConnection() -> OpaquePointer? {
        SSL_new(context)
    }

    private static func load(_ files: TLSFiles, into context: OpaquePointer) throws(TLSError) {
        // Without a callback OpenSSL would ask for a pass phrase on the terminal, and wait.
        SSL_CTX_set_default_passwd_cb(context) { _, _, _, _ in 0 }
        guard SSL_CTX_use_certificate_chain_file(context, files.certificate) == 1 else { throw .last(files.certificate) }
        guard SSL_CTX_use_PrivateKey_file(context, files.key, SSL_FILETYPE_PEM) == 1 else { throw .last(files.key) }
        guard SSL_CTX_check_private_key(context) == 1 else { throw .last(files.key) }
    }

    private func setRules() {
        _ = copenssl_set_min_version(context, TLS1_2_VERSION)
        copenssl_set_options(context)
        let mode = SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
        _ = copenssl_set_mode(context, Int(mode))
        // Sessions are kept by the clients, in tickets. Tickets of an earlier context are void: the handshake is a full one.
        _ = copenssl_cache_off(context)
        let name = Array("outbox".utf8)
        SSL_CTX_set_session_id_context(context, name, UInt32(name.count))
        SSL_CTX_set_alpn_select_cb(
            context, { _, chosen, length, offered, size, _ in TLSContext.choose(chosen, length, offered, size) }, nil)
    }

    /// Chooses http/1.1 among the protocols that the client offers, each with its length before it.
    private static func choose(
        _ chosen: UnsafeMutablePointer<UnsafePointer<UInt8>?>?, _ length: UnsafeMutablePointer<UInt8>?,
        _ offered: UnsafePointer<UInt8>?, _ size: UInt32
    ) -> Int32 {
        guard let chosen, let length, let offered else { return SSL_TLSEXT_ERR_NOACK }
        let list = UnsafeBufferPointer(start: offered, count: Int(size))
        var index = 0
        while index < list.count {
            let end = index + 1 + Int(list[index])
            guard end <= list.count else { break }
            if list[(index + 1)..<end].elementsEqual("http/1.1".utf8) {
                chosen.pointee = offered + index + 1
                length.pointee = list[index]
                return SSL_TLSEXT_ERR_OK
            }
            index = end
        }
        return SSL_TLSEXT_ERR_NOACK
    }

    private static func expiry(of context: OpaquePointer) -> Int64? {
        guard let certificate = SSL_CTX_get0_certificate(context) else { return nil }
        var time = tm()
        guard ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &time) == 1 else { return nil }
        return Int64(timegm(&time))
    }
}
