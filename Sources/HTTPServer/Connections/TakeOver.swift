import CLibEvent
import COpenSSL
import Glibc
import ServiceRuntime

/// Takes connections out of evhttp, so that they cost what a descriptor and an event cost instead of evhttp's buffers.
///
/// It happens in two steps. Inside evhttp's callback the socket gets a second descriptor, which is the stream's, and evhttp's
/// bufferevent is silenced. Outside of it the connection is freed, which evhttp would do with `shutdown` on the socket: so the
/// old number is made to stand for something else before.
///
/// Used on the loop's thread only.
final class TakeOver {
    private struct Departed {
        let connection: OpaquePointer
        let buffer: OpaquePointer
        let descriptor: Int32
        let isTLS: Bool
    }

    private let loop: ServerLoop
    private let placeholder: EventFD
    private var departed: [Departed] = []

    init(loop: ServerLoop) throws(HTTPServerError) {
        self.loop = loop
        do {
            placeholder = try EventFD()
        } catch {
            throw .system(error)
        }
    }

    /// Takes what the stream needs. Called inside evhttp's callback for a request that is answered no other way.
    ///
    /// The caller gives its reference on the bufferevent away. evhttp frees request and connection soon, but not in this call.
    ///
    /// - Returns: the socket, and what the client has sent behind its request; nil, with everything as it was, when descriptors
    ///   or memory are short, or the client is in the middle of something odd.
    func take(_ connection: OpaquePointer, _ buffer: OpaquePointer) -> (socket: StreamSocket, early: [UInt8])? {
        let old = bufferevent_getfd(buffer)
        let ssl = bufferevent_openssl_get_ssl(buffer)
        // A key update that a client asked for waits to be written: libevent would not take its hands off the socket.
        if let ssl, SSL_want(ssl) == SSL_WRITING { return nil }
        let descriptor = fcntl(old, F_DUPFD_CLOEXEC, 0)
        guard descriptor >= 0 else {
            LibEventLog.warnAcceptFailed(SystemError.last("fcntl"))
            return nil
        }
        if let ssl {
            guard StreamBIO.attach(descriptor, to: ssl) else {
                close(descriptor)
                return nil
            }
            SSL_up_ref(ssl)
        }
        bufferevent_disable(buffer, Int16(EV_READ | EV_WRITE))
        bufferevent_setcb(buffer, nil, nil, nil, nil)
        let early = Self.drain(bufferevent_get_input(buffer))
        departed.append(Departed(connection: connection, buffer: buffer, descriptor: old, isTLS: ssl != nil))
        if departed.count == 1 {
            loop.soon { [self] in freeDeparted() }
        }
        return (StreamSocket(descriptor: descriptor, ssl: ssl), early)
    }

    /// Frees evhttp's side of what was taken. Outside of evhttp's callbacks only.
    func freeDeparted() {
        let list = departed
        departed = []
        for item in list {
            while dup2(placeholder.fileDescriptor, item.descriptor) < 0, errno == EBUSY || errno == EINTR {}
            evhttp_connection_free(item.connection)
            bufferevent_decref(item.buffer)
            if item.isTLS {
                // libevent closes the descriptor that the SSL names, and ours names none.
                close(item.descriptor)
            }
        }
    }

    private static func drain(_ buffer: OpaquePointer?) -> [UInt8] {
        let length = evbuffer_get_length(buffer)
        guard length > 0 else { return [] }
        return Array(unsafeUninitializedCapacity: length) { bytes, count in
            count = max(0, Int(evbuffer_remove(buffer, bytes.baseAddress, length)))
        }
    }
}
