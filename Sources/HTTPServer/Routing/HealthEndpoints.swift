import Telemetry

/// The endpoints that orchestrators, Prometheus and `outbox-relay status` ask.
///
/// Every closure runs on the server's thread and must only read what others publish.
public enum HealthEndpoints {
    /// Registers `/health/live`, `/health/ready`, `/metrics` and `/status`.
    ///
    /// - Parameters:
    ///   - live: false when the process should be restarted: 503 then, 200 otherwise.
    ///   - ready: whether the service does its work now, and if not, why: 200 or 503, with the reasons as JSON.
    ///   - metrics: the Prometheus text format 0.0.4.
    ///   - status: a JSON document.
    public static func register(
        in router: inout Router,
        live: @escaping @Sendable () -> Bool,
        ready: @escaping @Sendable () -> (isReady: Bool, reasons: [String]),
        metrics: @escaping @Sendable () -> String,
        status: @escaping @Sendable () -> String
    ) {
        router.get("/health/live") { _ in
            let isLive = live()
            return fresh(.json(document(isLive ? "live" : "not live"), status: isLive ? 200 : 503))
        }
        router.get("/health/ready") { _ in
            let (isReady, reasons) = ready()
            let body = document(isReady ? "ready" : "not ready", reasons: reasons)
            return fresh(.json(body, status: isReady ? 200 : 503))
        }
        router.get("/metrics") { _ in
            fresh(HTTPResponse(contentType: "text/plain; version=0.0.4; charset=utf-8", body: Array(metrics().utf8)))
        }
        router.get("/status") { _ in
            fresh(.json(status()))
        }
    }

    private static func document(_ status: String, reasons: [String]? = nil) -> String {
        let list = reasons.map { ",\"reasons\":[\($0.map(JSONText.quoted).joined(separator: ","))]" } ?? ""
        return "{\"status\":\(JSONText.quoted(status))\(list)}\n"
    }

    /// The answers are of this moment: nothing between here and the client may keep them.
    private static func fresh(_ response: HTTPResponse) -> HTTPResponse {
        var response = response
        response.headers.append((name: "Cache-Control", value: "no-store"))
        return response
    }
}
