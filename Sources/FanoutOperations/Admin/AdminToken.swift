package import HTTPServer

/// The secret of the admin API.
package struct AdminToken: Sendable {
    private let secret: [UInt8]

    package init(_ secret: String) { self.secret = Array(secret.utf8) }

    /// Whether the request brings it, compared in a time that does not tell how much of it is right.
    package func allows(_ request: HTTPRequest) -> Bool {
        guard let header = request.header("Authorization") else { return false }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return false }
        return matches(Array(parts[1].utf8))
    }

    private func matches(_ given: [UInt8]) -> Bool {
        guard !secret.isEmpty else { return false }
        var difference = given.count ^ secret.count
        for (index, byte) in given.enumerated() { difference |= Int(byte ^ secret[index % secret.count]) }
        return difference == 0
    }
}
