import COpenSSL
import Glibc
import ServiceRuntime

/// A stream's descriptor and its TLS side, if it has one. Owned by the stream, which calls `close` once.
struct StreamSocket {
    enum Transfer {
        /// So many bytes; at least one.
        case moved(Int)
        case blocked
        /// The other side ended the stream, orderly.
        case ended
        case failed(SystemError)
    }

    /// The most that goes into one TLS record, which is taken as a whole or not at all.
    static let recordBytes = 16_384
    /// Buffers that go out in one call.
    static let vectorLimit = 64

    let descriptor: Int32
    let ssl: OpaquePointer?

    /// Whether OpenSSL holds decrypted bytes, of which the kernel will not tell.
    var hasDecrypted: Bool {
        ssl.map { SSL_pending($0) > 0 } ?? false
    }

    func receive(into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
        if let ssl {
            ERR_clear_error()
            let count = SSL_read(ssl, buffer.baseAddress, Int32(clamping: buffer.count))
            return count > 0 ? .moved(Int(count)) : failure(ssl, count, "SSL_read")
        }
        let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
        if count > 0 { return .moved(count) }
        return count == 0 ? .ended : failure("recv")
    }

    /// Plain TCP: moves any part. TLS: moves what it was given, up to a record, or blocks; then the same bytes have to be
    /// given again before any other.
    func send(_ bytes: UnsafeRawBufferPointer) -> Transfer {
        if let ssl {
            ERR_clear_error()
            let count = SSL_write(ssl, bytes.baseAddress, Int32(clamping: min(bytes.count, Self.recordBytes)))
            return count > 0 ? .moved(Int(count)) : failure(ssl, count, "SSL_write")
        }
        let count = Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
        return count >= 0 ? .moved(count) : failure("send")
    }

    /// Plain TCP only: sends up to `vectorLimit` buffers in one call.
    func send(_ buffers: Slice<UnsafeBufferPointer<UnsafeRawBufferPointer>>) -> Transfer {
        withUnsafeTemporaryAllocation(of: iovec.self, capacity: Self.vectorLimit) { vectors in
            var used = 0
            for buffer in buffers.prefix(vectors.count) {
                vectors[used] = iovec(iov_base: UnsafeMutableRawPointer(mutating: buffer.baseAddress), iov_len: buffer.count)
                used += 1
            }
            var message = msghdr()
            message.msg_iov = vectors.baseAddress
            message.msg_iovlen = used
            let count = sendmsg(descriptor, &message, Int32(MSG_NOSIGNAL))
            return count >= 0 ? .moved(count) : failure("sendmsg")
        }
    }

    /// Ends our side after everything that was sent.
    func endSending() {
        if let ssl {
            ERR_clear_error()
            SSL_shutdown(ssl)
            ERR_clear_error()
        }
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// - Parameter orderly: with TLS's word of farewell; not after an error, and not in the middle of a record.
    func close(orderly: Bool) {
        if let ssl {
            ERR_clear_error()
            if orderly {
                SSL_shutdown(ssl)
            }
            SSL_free(ssl)
            ERR_clear_error()
        }
        Glibc.close(descriptor)
    }

    private func failure(_ call: String) -> Transfer {
        errno == EAGAIN || errno == EINTR ? .blocked : .failed(SystemError.last(call))
    }

    private func failure(_ ssl: OpaquePointer, _ count: Int32, _ call: String) -> Transfer {
        let code = errno
        switch SSL_get_error(ssl, count) {
        // Neither waits for the other direction: renegotiation is off. A key update that cannot be answered yet goes out with
        // the next write.
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .blocked
        case SSL_ERROR_ZERO_RETURN: return .ended
        case SSL_ERROR_SYSCALL: return .failed(SystemError(code: code == 0 ? ECONNRESET : code, call: call))
        default: return .failed(SystemError(code: EPROTO, call: call))
        }
    }
}
