import ConsumerKit
import HTTPServer
import RelayOperations
import Telemetry

/// The consumers' HTTP port: metrics, health and status.
final class ConsumerEndpoints: Sendable {
    private let server: HTTPServer
    /// Host and port that are listened on.
    let address: String

    /// Takes the port and answers from then on. Ready: every consumer is; live: no thread of any hangs.
    ///
    /// - Parameter address: host:port as configured; port 0 lets the kernel choose.
    init(
        address: String, runners: [ConsumerRunner], logger: Logger, metrics: @escaping @Sendable () -> String,
        status: @escaping @Sendable () -> String
    ) throws(OperationError) {
        var router = Router()
        HealthEndpoints.register(
            in: &router, live: { runners.allSatisfy(\.isLive) },
            ready: {
                let reasons = ConsumerWatch.reasons(runners)
                return (reasons.isEmpty, reasons)
            }, metrics: metrics, status: status)
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
