import HTTPServer
import RelayOperations
import Telemetry

/// The clients' port, from the text of its setting.
enum ClientServer {
    /// Takes the port; nobody is answered until the server is started.
    static func make(
        listen: String, loops: Int, routes: Router, tls: TLSFiles?, logger: Logger, limits: HTTPLimits
    ) throws(OperationError) -> HTTPServer {
        do {
            guard let address = try ListenAddress.parse(listen) else { throw OperationError("nothing to listen on") }
            return try HTTPServer(listen: address, loops: loops, routes: routes, tls: tls, logger: logger, limits: limits)
        } catch { throw OperationError("listen=\(listen): \(error)") }
    }
}
