import HTTPServer
import RelayCore
import ServiceRuntime
import Telemetry

/// The relay's HTTP port: metrics, health and status.
final class RelayEndpoints: Sendable {
    private let server: HTTPServer
    /// Host and port that are listened on.
    let address: String

    /// Takes the port and answers from then on.
    ///
    /// - Parameters:
    ///   - address: host:port as configured; port 0 lets the kernel choose.
    ///   - stallAfter: ns; see `HealthPolicy`.
    ///   - status: renders `/status`.
    init(
        address: String, state: RelayState, registry: MetricRegistry, stallAfter: Int64, logger: Logger,
        status: @escaping @Sendable () -> String
    ) throws(OperationError) {
        var router = Router()
        HealthEndpoints.register(
            in: &router, live: { true },
            ready: {
                let reasons = HealthPolicy.reasons(state.observation(), now: MonotonicTime.now(), stallAfter: stallAfter)
                return (reasons.isEmpty, reasons)
            },
            metrics: { registry.render() }, status: status)
        do {
            guard let listen = try ListenAddress.parse(address) else { throw OperationError("nothing to listen on") }
            server = try HTTPServer(listen: listen, routes: router, logger: logger)
            try server.start()
        } catch { throw OperationError("http.listen=\(address): \(error)") }
        let host = address.lastIndex(of: ":").map { address[..<$0] } ?? ""
        self.address = "\(host):\(server.boundPort)"
    }

    func stop() { server.stop() }
}
