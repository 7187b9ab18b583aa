import COpenSSL
import Glibc

/// What OpenSSL reads a stream's bytes from and writes them to: the stream's socket.
///
/// OpenSSL's own socket BIO is not used because it tells its descriptor: libevent asks the SSL that it shares with us for it
/// when it frees its side, and would close it.
enum StreamBIO {
    /// Made once for the process; nil only when memory ran out.
    private nonisolated(unsafe) static let method: OpaquePointer? = {
        guard let method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "outbox stream") else { return nil }
        BIO_meth_set_write(method) { bio, bytes, count in
            transfer(bio, Int32(BIO_FLAGS_WRITE)) { send($0, bytes, Int(max(0, count)), Int32(MSG_NOSIGNAL)) }
        }
        BIO_meth_set_read(method) { bio, bytes, count in
            transfer(bio, Int32(BIO_FLAGS_READ)) { recv($0, bytes, Int(max(0, count)), 0) }
        }
        BIO_meth_set_ctrl(method) { bio, command, _, _ in
            switch command {
            case BIO_C_GET_FD: -1
            // Without it OpenSSL takes the end of the TCP connection for an error.
            case BIO_CTRL_EOF: BIO_test_flags(bio, Int32(BIO_FLAGS_IN_EOF)) != 0 ? 1 : 0
            case BIO_CTRL_FLUSH, BIO_CTRL_DUP: 1
            default: 0
            }
        }
        return method
    }()

    /// Has `ssl` use this descriptor from now on, without owning it. False when memory ran out.
    static func attach(_ descriptor: Int32, to ssl: OpaquePointer) -> Bool {
        guard let method, let bio = BIO_new(method) else { return false }
        BIO_set_data(bio, UnsafeMutableRawPointer(bitPattern: Int(descriptor) + 1))
        BIO_set_init(bio, 1)
        SSL_set_bio(ssl, bio, bio)
        return true
    }

    private static func transfer(_ bio: OpaquePointer?, _ direction: Int32, _ call: (Int32) -> Int) -> Int32 {
        BIO_clear_flags(bio, Int32(BIO_FLAGS_READ | BIO_FLAGS_WRITE | BIO_FLAGS_IO_SPECIAL | BIO_FLAGS_SHOULD_RETRY))
        let descriptor = Int32(Int(bitPattern: BIO_get_data(bio)) - 1)
        let count = call(descriptor)
        if count < 0, errno == EAGAIN || errno == EINTR {
            BIO_set_flags(bio, direction | Int32(BIO_FLAGS_SHOULD_RETRY))
        } else if count == 0, direction == Int32(BIO_FLAGS_READ) {
            BIO_set_flags(bio, Int32(BIO_FLAGS_IN_EOF))
        }
        return Int32(count)
    }
}
