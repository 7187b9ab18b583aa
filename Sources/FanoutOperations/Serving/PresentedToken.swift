package import HTTPServer

/// The token that a client came with. Pure.
package enum PresentedToken {
    /// The subprotocol that we speak.
    package static let subprotocol = "outbox.v1"
    private static let subprotocolPrefix = "bearer."

    /// From the header, else from the query, else from the names of the offered subprotocols: browsers can set no header of a
    /// WebSocket, and what is in the query gets into the logs of proxies.
    package static func find(in request: HTTPRequest, offered: [String] = []) -> String? {
        if let header = request.header("Authorization") {
            let parts = header.split(separator: " ", maxSplits: 1)
            if parts.count == 2, parts[0].lowercased() == "bearer" {
                return String(parts[1].drop { $0 == " " })
            }
        }
        if let token = request.queryValue("access_token"), !token.isEmpty { return token }
        return offered.first { $0.hasPrefix(subprotocolPrefix) }.map { String($0.dropFirst(subprotocolPrefix.count)) }
    }
}
