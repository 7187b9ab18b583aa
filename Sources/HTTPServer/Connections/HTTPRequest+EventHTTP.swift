import CLibEvent
import Glibc

extension HTTPRequest {
    /// Copies a request out of libevent's. nil when it has no address that could be read.
    init?(_ request: OpaquePointer) {
        guard let uri = evhttp_request_get_evhttp_uri(request) else { return nil }
        let path = Self.bytes(evhttp_uri_get_path(uri))
        method = Self.method(evhttp_request_get_command(request))
        self.path = path.isEmpty ? "/" : PercentEncoding.decode(path, plusIsBlank: false)
        query = PercentEncoding.query(Self.bytes(evhttp_uri_get_query(uri)))
        headers = []
        var next = evhttp_request_get_input_headers(request)?.pointee.tqh_first
        while let header = next {
            headers.append((name: Self.text(header.pointee.key), value: Self.text(header.pointee.value)))
            next = header.pointee.next.tqe_next
        }
        body = Self.copy(evhttp_request_get_input_buffer(request))
        var address: UnsafeMutablePointer<CChar>?
        var port: UInt16 = 0
        if let connection = evhttp_request_get_connection(request) {
            evhttp_connection_get_peer(connection, &address, &port)
            peer = SocketAddress.plain(Self.text(address))
        }
    }

    private static func copy(_ buffer: OpaquePointer?) -> [UInt8] {
        let length = evbuffer_get_length(buffer)
        guard length > 0 else { return [] }
        return Array(unsafeUninitializedCapacity: length) { bytes, count in
            count = max(0, Int(evbuffer_copyout(buffer, bytes.baseAddress, length)))
        }
    }

    private static func bytes(_ text: UnsafePointer<CChar>?) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: text, count: text.map { strlen($0) } ?? 0)
    }

    private static func text(_ text: UnsafeMutablePointer<CChar>?) -> String {
        String(decoding: bytes(text), as: UTF8.self)
    }

    private static func method(_ command: evhttp_cmd_type) -> String {
        switch command {
        case EVHTTP_REQ_GET: "GET"
        case EVHTTP_REQ_HEAD: "HEAD"
        case EVHTTP_REQ_POST: "POST"
        case EVHTTP_REQ_PUT: "PUT"
        case EVHTTP_REQ_DELETE: "DELETE"
        case EVHTTP_REQ_OPTIONS: "OPTIONS"
        case EVHTTP_REQ_TRACE: "TRACE"
        case EVHTTP_REQ_PATCH: "PATCH"
        default: ""
        }
    }
}
