import ConsumerKit
import Consumers
import Glibc
import LocalServers
import ServiceRuntime
import TestSupport
import Testing

@Suite(.needsPostgres, .serialized) struct `Effects of cache` {
    private func consumer(_ url: String, timeout: Int64 = 1_000) throws -> CacheConsumer {
        CacheConsumer(RedisClient(try RedisURL(url), connectTimeoutMilliseconds: timeout, commandTimeoutMilliseconds: timeout))
    }

    private func changes(_ products: some Sequence<Int>) throws -> [ConsumedEvent] {
        var events = ShopEvents()
        for product in products {
            try events.add(
                "PRICE_UPDATED", #"{"product_id":\#(product),"price":5}"#, of: ("PRODUCT", String(product)),
                topic: "product.events")
        }
        return events.events
    }

    @Test(arguments: [1, 100, Int.max])
    func `changed products leave the cache, others stay`(batch: Int) throws {
        let server = try RedisServer()
        defer { server.destroy() }
        let redis = RedisProbe(port: server.port)
        for product in [1, 2, 2500, 3000] { _ = try redis("SET", "product:\(product)", "old") }
        let database = try EffectsDatabase()
        // More than one round trip's worth in the largest batch.
        let products = batch == 1 ? Array(1...20) + [2500] : Array(1...2500)
        try database.apply(consumer(server.url), changes(products), batch: batch)
        #expect(try redis("EXISTS", "product:1", "product:2", "product:2500") == "0")
        #expect(try redis("GET", "product:3000") == "old")
        #expect(try redis("GET", "product:1:generation") == "1")
        #expect(try Int(redis("PTTL", "product:1:generation")).map { $0 > 500_000 } == true)
    }

    @Test func `lanes at the same time invalidate everything`() throws {
        let server = try RedisServer()
        defer { server.destroy() }
        let lists = try (0..<4).map { _ in try changes(1...300) }
        _ = try EffectsDatabase().applyAtOnce(consumer(server.url), lists, batch: 50)
        #expect(try RedisProbe(port: server.port)("GET", "product:300:generation") == "4")
    }

    @Test func `an event without a product is refused and the others take effect`() throws {
        let server = try RedisServer()
        defer { server.destroy() }
        let redis = RedisProbe(port: server.port)
        _ = try redis("SET", "product:4", "old")
        var events = ShopEvents()
        try events.add("STOCK_UPDATED", #"{"stock":0}"#, topic: "stock.events")
        try events.add("STOCK_UPDATED", #"{"product_id":4,"stock":0,"is_sold_out":true}"#, topic: "stock.events")
        let outcome = try EffectsDatabase().apply(consumer(server.url), events.events)
        #expect(outcome.refusals == ["\(ShopEvents.id(1)): product_id is missing"])
        #expect(try redis("EXISTS", "product:4") == "0")
    }

    @Test func `a value read before the change is not filled in after it`() throws {
        let server = try RedisServer()
        defer { server.destroy() }
        let redis = RedisProbe(port: server.port)
        let (key, generation) = (ProductCache.key(product: 7), ProductCache.generationKey(product: 7))
        let database = try EffectsDatabase()
        func fill(_ known: String, _ value: String) throws -> String {
            try redis("EVAL", ProductCache.fillScript, "2", key, generation, known, value, "60000")
        }
        // A reader finds nothing and remembers the generation; then the product changes, and its event comes.
        let early = try redis("GET", generation)
        try database.apply(consumer(server.url), changes([7]))
        #expect(try fill(early, "before the change") == "0")
        #expect(try redis("EXISTS", key) == "0")
        // The next one reads the new row.
        let late = try redis("GET", generation)
        #expect(try fill(late, "after the change") == "1")
        #expect(try redis("GET", key) == "after the change")
        #expect(try Int(redis("PTTL", key)).map { $0 > 0 } == true)
    }

    @Test func `a server that is down, was restarted, or does not answer is the dependency redis`() throws {
        let server = try RedisServer()
        defer { server.destroy() }
        signal(SIGPIPE, SIG_IGN)
        let consumer = try consumer(server.url, timeout: 200)
        let database = try EffectsDatabase()
        try database.apply(consumer, changes([1]))
        server.stop()
        expectDependencyError { try database.apply(consumer, changes([1])) }
        try server.start()
        try database.apply(consumer, changes([1]))
        // A kept connection does not know of a restart.
        server.kill()
        try server.start()
        try database.apply(consumer, changes([1]))
        #expect(try RedisProbe(port: server.port)("GET", "product:1:generation") == "1")
        server.suspend()
        let start = MonotonicTime.now()
        expectDependencyError { try database.apply(consumer, changes([1])) }
        #expect(MonotonicTime.now() - start < 5_000_000_000)
        server.resume()
        try database.apply(consumer, changes([1]))
    }

    @Test func `a password and a database are used, and a wrong one is not told`() throws {
        let server = try RedisServer(password: "right")
        defer { server.destroy() }
        let database = try EffectsDatabase()
        var redis = RedisProbe(port: server.port)
        redis.password = "right"
        _ = try redis("-n", "3", "SET", "product:1", "old")
        try database.apply(consumer("\(server.url)/3"), changes([1]))
        #expect(try redis("-n", "3", "EXISTS", "product:1") == "0")
        for url in ["redis://:topsecret@127.0.0.1:\(server.port)", "redis://someone:topsecret@127.0.0.1:\(server.port)"] {
            let error = expectDependencyError { try database.apply(consumer(url), changes([1])) }
            #expect(error?.message == "redis: AUTH was refused: WRONGPASS")
        }
        let error = expectDependencyError { try database.apply(consumer("redis://127.0.0.1:\(server.port)"), changes([1])) }
        #expect(error?.message == "redis: INCR was refused: NOAUTH")
    }

    @discardableResult
    private func expectDependencyError(_ body: () throws -> some Any) -> EffectError? {
        let error = #expect(throws: EffectError.self) { _ = try body() }
        #expect(error?.errorClass == .dependency("redis"))
        return error
    }
}
