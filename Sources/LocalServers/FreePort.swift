import Glibc
import Synchronization

/// TCP ports of 127.0.0.1 on which nobody listens.
public enum FreePort {
    /// Below 32768, where Linux begins to take the ports of outgoing connections: one of those could otherwise have the port at the
    /// moment in which a server is restarted on it.
    private static let range = 10_240..<32_768
    private static let handedOut = Mutex<Set<Int>>([])

    /// A port that could be bound just now and that this process has not been given before. Begins its search at a random place,
    /// because other processes search as well. Throws when the range is used up.
    public static func next() throws(LocalServerError) -> Int {
        let start = Int.random(in: range)
        for step in 0..<range.count {
            let port = range.lowerBound + (start - range.lowerBound + step) % range.count
            let isNew = handedOut.withLock { $0.insert(port).inserted }
            if isNew && isFree(port) { return port }
        }
        throw LocalServerError("no free TCP port in \(range)")
    }

    private static func isFree(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var yes: Int32 = 1
        // As servers do: a port whose last connections only linger counts as free.
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        return LoopbackAddress.withSocketAddress(port: port) { bind(descriptor, $0, $1) } == 0
    }
}
