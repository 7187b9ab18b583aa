/// A Redis server for all lanes of a consumer: connections are made when they are needed and kept.
public final class RedisClient: Sendable {
    private let url: RedisURL
    private let connectTimeoutMilliseconds: Int64
    private let commandTimeoutMilliseconds: Int64
    private let pool = LanePool<RedisConnection>()

    /// - Parameter commandTimeoutMilliseconds: for each wait for an answer.
    public init(_ url: RedisURL, connectTimeoutMilliseconds: Int64 = 2_000, commandTimeoutMilliseconds: Int64 = 2_000) {
        self.url = url
        self.connectTimeoutMilliseconds = max(1, connectTimeoutMilliseconds)
        self.commandTimeoutMilliseconds = max(1, commandTimeoutMilliseconds)
    }

    /// Runs commands that may be repeated, all in one round trip. A kept connection that turns out to be broken (the server was
    /// restarted) is replaced by a new one, once.
    func runRepeatable(_ commands: [[String]]) throws(RedisError) {
        if let kept = pool.take() {
            do throws(RedisError) {
                try kept.run(commands)
                pool.giveBack(kept)
                return
            } catch {
                guard error.isConnectionLoss else {
                    pool.giveBack(kept)
                    throw error
                }
                pool.clear()
            }
        }
        let connection = try RedisConnection(
            url, connectTimeoutMilliseconds: connectTimeoutMilliseconds, commandTimeoutMilliseconds: commandTimeoutMilliseconds)
        try connection.run(commands)
        pool.giveBack(connection)
    }
}
