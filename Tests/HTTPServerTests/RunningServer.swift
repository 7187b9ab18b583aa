import HTTPServer
import Telemetry

/// A started server on a port of the kernel's choice, stopped when it goes.
final class RunningServer {
    static let bigBody = [UInt8](repeating: UInt8(ascii: "x"), count: 8_000_000)

    let server: HTTPServer

    var port: UInt16 {
        server.boundPort
    }

    init(limits: HTTPLimits = HTTPLimits(), _ routes: (inout Router) -> Void = { _ in }) throws {
        var router = Router()
        router.get("/hello") { _ in .text("hello\n") }
        router.get("/echo") { request in
            let query = request.query.map { "\($0.name)=\($0.value)" }.joined(separator: ";")
            return .text("\(request.path)|\(query)|\(request.header("x-test") ?? "")")
        }
        router.get("/big") { _ in HTTPResponse(contentType: "text/plain", body: Self.bigBody) }
        routes(&router)
        server = try HTTPServer(listen: Self.anyPort(), routes: router, logger: .disabled, limits: limits)
        try server.start()
    }

    deinit {
        server.stop()
    }

    static func anyPort() throws -> ListenAddress {
        guard let address = try ListenAddress.parse("127.0.0.1:0") else { throw RawClientError(what: "address", code: 0) }
        return address
    }
}
