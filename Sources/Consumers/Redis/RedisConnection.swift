import CHiredis
import Glibc

/// One connection to Redis over hiredis, with a deadline on connecting and on each wait for an answer.
///
/// Used by one thread at a time: its pool lends it. After an error that is a connection loss it is of no more use. The process has to
/// ignore SIGPIPE, as every program of this project does: hiredis writes without asking for an error instead.
final class RedisConnection: @unchecked Sendable {
    private let context: UnsafeMutablePointer<redisContext>

    /// Connects, signs in, and chooses the database.
    init(_ url: RedisURL, connectTimeoutMilliseconds: Int64, commandTimeoutMilliseconds: Int64) throws(RedisError) {
        let connectTimeout = Self.interval(connectTimeoutMilliseconds)
        guard let context = redisConnectWithTimeout(url.host, url.port, connectTimeout) else {
            throw RedisError(isConnectionLoss: true, description: "no memory for a connection")
        }
        self.context = context
        guard context.pointee.err == 0, redisSetTimeout(context, Self.interval(commandTimeoutMilliseconds)) == REDIS_OK else {
            throw Self.loss(context)
        }
        redisEnableKeepAlive(context)
        var greetings: [[String]] = []
        if let password = url.password { greetings.append(["AUTH"] + (url.user.map { [$0] } ?? []) + [password]) }
        if url.database != 0 { greetings.append(["SELECT", String(url.database)]) }
        try run(greetings)
    }

    deinit { redisFree(context) }

    /// Sends the commands in one go and waits for all the answers.
    ///
    /// Throws for the first refusal, once every answer is read, so that the connection can be used again.
    func run(_ commands: [[String]]) throws(RedisError) {
        for command in commands { try append(command) }
        var refusal: RedisError?
        for command in commands {
            var answer: UnsafeMutableRawPointer?
            guard redisGetReply(context, &answer) == REDIS_OK, let answer else { throw Self.loss(context) }
            defer { freeReplyObject(answer) }
            let reply = answer.assumingMemoryBound(to: redisReply.self).pointee
            if reply.type == REDIS_REPLY_ERROR, refusal == nil {
                refusal = RedisError(
                    isConnectionLoss: false, description: "\(command.first ?? "") was refused: \(Self.errorCode(reply))")
            }
        }
        if let refusal { throw refusal }
    }

    private func append(_ command: [String]) throws(RedisError) {
        let words = command.map { Array($0.utf8CString) }
        var lengths = words.map { $0.count - 1 }
        // The words' bytes in one block, so that their addresses hold while hiredis copies them.
        var block = words.flatMap(\.self)
        let status = block.withUnsafeMutableBufferPointer { block -> Int32 in
            var next = block.baseAddress
            var addresses: [UnsafePointer<CChar>?] = []
            for word in words {
                addresses.append(next.map { UnsafePointer($0) })
                next = next.map { $0 + word.count }
            }
            return redisAppendCommandArgv(context, Int32(words.count), &addresses, &lengths)
        }
        guard status == REDIS_OK else { throw Self.loss(context) }
    }

    /// The first word of an error, for instance `WRONGPASS`: the rest of it may repeat the command's arguments.
    private static func errorCode(_ reply: redisReply) -> String {
        guard let text = reply.str else { return "ERR" }
        let bytes = UnsafeRawBufferPointer(start: text, count: reply.len)
        return String(decoding: bytes.prefix { $0 != UInt8(ascii: " ") }.prefix(32), as: UTF8.self)
    }

    private static func loss(_ context: UnsafeMutablePointer<redisContext>) -> RedisError {
        // hiredis reports a timeout of the socket as EAGAIN, in words that say nothing.
        let isTimeout = context.pointee.err == REDIS_ERR_IO && errno == EAGAIN
        let text = withUnsafeBytes(of: context.pointee.errstr) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        return RedisError(isConnectionLoss: true, description: isTimeout ? "no answer in time" : text)
    }

    private static func interval(_ milliseconds: Int64) -> timeval {
        timeval(tv_sec: Int(milliseconds / 1000), tv_usec: Int(milliseconds % 1000 * 1000))
    }
}
