import Drills
import TestSupport
import Testing
import WebSocket
import WebSocketCases

/// What a broken or hostile client sends: spoiled streams of frames, seeded, so that a failure repeats.
struct MutationTests {
    private static let limits = WebSocketLimits(frameBytes: 4096, messageBytes: 8192, fragments: 32, unfinishedBytes: 8192)

    private static let corpus: [[UInt8]] = SplittingTests.short.map(SplittingTests.bytes).filter { $0.count <= 300 }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `no stream stops the process, takes more than its memory, or depends on the cut`(seed: UInt64) {
        var mutator = FrameMutator(corpus: Self.corpus, seed: seed)
        var random = XorShift(seed: seed &* 77)
        for round in 0..<40_000 {
            let bytes = mutator.next()
            let whole = outcome(bytes, cutAt: [])
            var cuts: [Int] = []
            for _ in 0...random.below(6) { cuts.append(random.below(bytes.count + 1)) }
            let cut = outcome(bytes, cutAt: cuts.sorted())
            guard whole != cut else { continue }
            Issue.record("round \(round), cut at \(cuts.sorted()): \(bytes)")
            return
        }
    }

    private func outcome(_ bytes: [UInt8], cutAt places: [Int]) -> [Seen] {
        let allowance = WebSocketAllowance(limits: Self.limits)
        let seen = run(bytes, places, allowance)
        if allowance.unfinishedBytes != 0 { Issue.record("memory that was not given back") }
        return seen
    }

    private func run(_ bytes: [UInt8], _ places: [Int], _ allowance: WebSocketAllowance) -> [Seen] {
        let probe = SessionProbe(allowance: allowance)
        var start = 0
        for place in places + [bytes.count] {
            probe.receive(bytes[start..<place])
            start = place
        }
        if probe.mostUnfinished > Self.limits.unfinishedBytes { Issue.record("more memory than allowed") }
        return probe.seen
    }

    /// Streams without any plan reach other states than spoiled ones.
    @Test func `noise is refused in good order`() {
        var random = XorShift(seed: 99)
        for _ in 0..<100_000 {
            let bytes = (0..<random.below(64)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            _ = outcome(bytes, cutAt: [])
        }
    }

    @Test func `answers of servers are spoiled as well`() {
        let good =
            "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
        var mutator = FrameMutator(corpus: [Array(good.utf8)], seed: 5)
        for _ in 0..<30_000 {
            var client = WebSocketClientHandshake(host: "h", path: "/", nonce: Array("the sample nonce".utf8))
            _ = try? client.receive(mutator.next())
        }
    }
}
