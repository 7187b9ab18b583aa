import RelayCore
import RelayPolling
import Testing

struct ModePolicyTests {
    private func finding(_ check: String, _ severity: Finding.Severity = .fail) -> Finding {
        Finding(check, severity, object: "object", fact: "fact")
    }

    @Test(arguments: [
        "server.wal_level", "role.replication", "slot.busy", "wal.budget", "publication.exists", "publication.row_filter",
        "stream.unavailable", "server.max_wal_senders",
    ])
    func `what stands in the way of a stream alone is no reason to stop`(check: String) {
        #expect(FallbackPolicy.reason([finding("connection.tls", .warn), finding(check)])?.check == check)
    }

    @Test(arguments: [
        "slot.missing", "slot.lost", "slot.advanced", "slot.plugin", "table.columns", "table.update", "checkpoint.system",
        "dead_letter.halt", "kafka.producer",
    ])
    func `what would stop polling too, or was told to stop, stops`(check: String) {
        #expect(FallbackPolicy.reason([finding(check)]) == nil)
        #expect(FallbackPolicy.reason([finding("server.wal_level"), finding(check)]) == nil)
    }

    @Test func `no failure is no reason`() {
        #expect(FallbackPolicy.reason([]) == nil && FallbackPolicy.reason([finding("connection.tls", .warn)]) == nil)
    }

    // MARK: The way back

    private static let second: Int64 = 1_000_000_000

    private func observation(
        at now: Int64, possible: Int64? = 0, caughtUp: Int64? = nil, broker: Int64? = nil
    ) -> ReturnPolicy.Observation {
        ReturnPolicy.Observation(
            now: now * Self.second, possibleSince: possible.map { $0 * Self.second },
            caughtUpAt: caughtUp.map { $0 * Self.second },
            brokerAnsweredAt: (broker ?? now) * Self.second)
    }

    @Test func `a stream takes over when it is possible and polling has caught up`() {
        let policy = ReturnPolicy(since: 0, attempts: 0, onlyCaughtUp: false)
        #expect(policy.mayReturn(observation(at: 5, caughtUp: 5)))
        #expect(!policy.mayReturn(observation(at: 5, possible: nil, caughtUp: 5)))
        #expect(!policy.mayReturn(observation(at: 1, caughtUp: 1)), "not at once")
        #expect(policy.mayReturn(observation(at: 40, caughtUp: 5)), "after a while also without")
        #expect(!policy.mayReturn(observation(at: 20, caughtUp: 5)), "that was long ago")
    }

    @Test func `without a broker a new slot would only collect WAL`() {
        let policy = ReturnPolicy(since: 0, attempts: 0, onlyCaughtUp: false)
        #expect(!policy.mayReturn(observation(at: 50, caughtUp: 50, broker: 30)))
    }

    @Test func `under steady load it happens after half a minute, after a release never`() {
        #expect(ReturnPolicy(since: 0, attempts: 0, onlyCaughtUp: false).mayReturn(observation(at: 31)))
        #expect(!ReturnPolicy(since: 0, attempts: 0, onlyCaughtUp: false).mayReturn(observation(at: 29)))
        #expect(!ReturnPolicy(since: 0, attempts: 0, onlyCaughtUp: true).mayReturn(observation(at: 300)))
        #expect(ReturnPolicy(since: 0, attempts: 0, onlyCaughtUp: true).mayReturn(observation(at: 300, caughtUp: 299)))
    }

    @Test func `streams that end soon make the stay longer`() {
        func earliest(_ attempts: Int) -> Int64 {
            let policy = ReturnPolicy(since: 0, attempts: attempts, onlyCaughtUp: false)
            return (0...100).first { policy.mayReturn(observation(at: $0, caughtUp: $0)) } ?? -1
        }
        #expect([0, 1, 2, 3, 20].map(earliest) == [2, 4, 8, 16, 60])
    }
}
