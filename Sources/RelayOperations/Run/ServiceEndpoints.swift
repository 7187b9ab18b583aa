package import HTTPServer
package import Telemetry

/// The HTTP port of a program: metrics, health and status.
package final class ServiceEndpoints: Sendable {
    private let server: HTTPServer
    /// Host and port that are listened on.
    package let address: String

    /// Takes the port and answers from then on.
    ///
    /// - Parameters:
    ///   - address: host:port as configured; port 0 lets the kernel choose.
    ///   - live: whether only a new process could help, then false.
    ///   - reasons: why the service does not do its work now; empty: it is ready.
    ///   - status: renders `/status`.
    ///   - routes: adds what else is answered there.
    package init(
        address: String, logger: Logger, registry: MetricRegistry, live: @escaping @Sendable () -> Bool,
        reasons: @escaping @Sendable () -> [String], status: @escaping @Sendable () -> String,
        routes: (inout Router) -> Void = { _ in }
    ) throws(OperationError) {
        var router = Router()
        HealthEndpoints.register(
            in: &router, live: live,
            ready: {
                let reasons = reasons()
                return (reasons.isEmpty, reasons)
            }, metrics: { registry.render() }, status: status)
        routes(&router)
        do {
            guard let listen = try ListenAddress.parse(address) else { throw OperationError("nothing to listen on") }
            server = try HTTPServer(listen: listen, routes: router, logger: logger)
            try server.start()
        } catch { throw OperationError("http.listen=\(address): \(error)") }
        let host = address.lastIndex(of: ":").map { address[..<$0] } ?? ""
        self.address = "\(host):\(server.boundPort)"
    }

    package func stop() { server.stop() }
}
