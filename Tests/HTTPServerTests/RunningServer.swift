import HTTPServer
import Telemetry

/// A started server on a port of the kernel's choice, stopped when it goes.
final class RunningServer: Sendable {
    static let bigBody = [UInt8](repeating: UInt8(ascii: "x"), count: 8_000_000)

    let server: HTTPServer

    var port: UInt16 {
        server.boundPort
    }

    init(
        loops: Int = 1, tls: TLSFiles? = nil, limits: HTTPLimits = HTTPLimits(), logger: Logger = .disabled,
        _ routes: (inout Router) -> Void = { _ in }
    ) throws {
        var router = Router()
        router.get("/hello") { _ in .text("hello\n") }
        router.get("/echo") { request in
            let query = request.query.map { "\($0.name)=\($0.value)" }.joined(separator: ";")
            return .text("\(request.path)|\(query)|\(request.header("x-test") ?? "")")
        }
        router.get("/big") { _ in HTTPResponse(contentType: "text/plain", body: Self.bigBody) }
        routes(&router)
        server = try HTTPServer(
            listen: Self.anyPort(), loops: loops, routes: router, tls: tls, logger: logger, limits: limits)
        try server.start()
    }

    deinit {
        server.stop()
    }

    /// Whether a new client gets its answer.
    func stillAnswers() throws -> Bool {
        try RawClient(port: port).get("/hello").text == "hello\n"
    }

    static func anyPort() throws -> ListenAddress {
        guard let address = try ListenAddress.parse("127.0.0.1:0") else { throw RawClientError(what: "address", code: 0) }
        return address
    }
}
