import ByteCoding
import Drills
import LocalServers
import TestSupport
import Testing

/// A server that sends nonsense: the connection ends with an error that names type and offset, the position does not move, the
/// process lives, and true events go on.
@Suite(.serialized, .needsServers)
struct HostileServerTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let lie: WireProxy.Lie
        /// What the log has to say; nil when the connection is merely lost.
        let complaint: [String]
    }

    private static let far = 0x7F_0000_0000
    private static func wal(_ message: [UInt8]) -> [UInt8] { WireProxy.walData(message) }
    private static let begin = wal(PgOutputWriter.begin(finalLSN: far))
    private static let relation = wal(
        PgOutputWriter.relation(
            id: 99, name: "outbox_events", columns: [("id", 2950), ("aggregate_id", 25), ("payload", 3802), ("topic", 25)]))

    private static func one(_ name: String, _ payload: [UInt8], _ complaint: String...) -> Case {
        Case(testDescription: name, lie: .frames([payload]), complaint: complaint)
    }

    static let cases: [Case] = [
        // libpq itself drops a CopyData without content.
        one("an empty frame", []),
        one("a frame type of nobody", [UInt8(ascii: "Q"), 1, 2, 3], "replication frame 'Q'", "offset"),
        one("a frame type that is no character", [0, 0, 0], "replication frame 0x0", "offset"),
        one("a data frame cut in its header", Array(begin.prefix(20)), "replication frame 'w'", "offset"),
        one("a data frame without a message", Array(begin.prefix(25)), "replication frame 'w'", "offset 25"),
        one("a keepalive cut short", [UInt8(ascii: "k")] + Array(repeating: 0, count: 10), "replication frame 'k'", "offset"),
        one("a keepalive that goes on", [UInt8(ascii: "k")] + Array(repeating: 0, count: 18), "replication frame 'k'", "offset"),
        one("a message type of nobody", wal([UInt8(ascii: "?")]), "pgoutput message '?'", "unknown"),
        one("a Begin cut short", wal(Array(PgOutputWriter.begin(finalLSN: far).prefix(9))), "pgoutput message 'B'", "offset"),
        one("a Commit outside of a transaction", wal(PgOutputWriter.commit(commitLSN: far, endLSN: far + 8)), "Commit outside"),
        one("a row outside of a transaction", wal(PgOutputWriter.insert(relationID: 99, ["a"])), "never described"),
        one("a message of streaming mode", wal(PgOutputWriter(type: "S").int32(1).int8(1).bytes), "streaming or two-phase"),
        Case(testDescription: "two Begins", lie: .frames([begin, begin]), complaint: ["Begin inside of a transaction"]),
        Case(
            testDescription: "a Commit of another transaction",
            lie: .frames([begin, wal(PgOutputWriter.commit(commitLSN: far + 1, endLSN: far + 8))]),
            complaint: ["Commit of", "does not end"]),
        Case(
            testDescription: "a row with more columns than there are",
            lie: .frames([
                begin, relation, wal(PgOutputWriter.insert(relationID: 99, Array(repeating: "x", count: 9))),
            ]), complaint: ["Insert with 9 columns into a relation of 4"]),
        Case(
            testDescription: "a row whose value is longer than the frame",
            lie: .frames([
                begin, relation,
                wal(PgOutputWriter(type: "I").int32(99).int8(0x4E).int16(1).int8(0x74).int32(0x7FFF_FFFF).raw([1]).bytes),
            ]), complaint: ["pgoutput message 'I'", "offset", "2147483647"]),
        Case(
            testDescription: "a row with a negative number of columns",
            lie: .frames([begin, relation, wal(PgOutputWriter(type: "I").int32(99).int8(0x4E).int16(-1).bytes)]),
            complaint: ["pgoutput message 'I'", "offset"]),
        Case(
            testDescription: "a relation of 65,535 columns",
            lie: .frames([begin, wal(PgOutputWriter(type: "R").int32(1).string("public").string("x").int8(0x64).int16(-1).bytes)]
            ),
            complaint: ["pgoutput message 'R'", "offset"]),
        Case(
            testDescription: "a cut in the middle of a frame",
            lie: .raw([UInt8(ascii: "d"), 0, 0, 1, 0, 1, 2, 3], thenCuts: true),
            complaint: []),
        Case(
            testDescription: "a frame of two gigabytes that does not come",
            lie: .raw([UInt8(ascii: "d"), 0x7F, 0xFF, 0xFF, 0xFF, UInt8(ascii: "w")], thenCuts: true), complaint: []),
        Case(
            testDescription: "no message at all", lie: .raw(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8), thenCuts: true),
            complaint: []),
    ]

    /// A relay behind a proxy that lies. Several play at the same time, because each lie is followed by a pause before the next
    /// connection.
    private struct Lane {
        let stage: Stage
        let proxy: WireProxy
        let relay: RelayUnderTest
        let cases: [Case]
    }

    @Test func `Nonsense ends the connection, names what it was, and moves nothing`() throws {
        let count = 7
        let lots = (0..<count).map { lane in Self.cases.enumerated().filter { $0.offset % count == lane }.map(\.element) }
        try withLanes(lots[...], []) { lanes in
            for round in 0..<(lots.map(\.count).max() ?? 0) {
                let playing = lanes.filter { round < $0.cases.count }
                let before = playing.map { $0.relay.logText.utf8.count }
                for lane in playing {
                    lane.proxy.tell([lane.cases[round].lie])
                    lane.proxy.cut()
                }
                for (lane, length) in zip(playing, before) { try check(lane, round, logLength: length) }
            }
            for lane in lanes {
                #expect(lane.relay.peakMemory ?? .max < 100 << 20)
                #expect(try lane.stage.allNumbersOnceSettled(lane.relay) == Array(1...lane.cases.count))
                #expect(try lane.stage.allRecords(in: lane.stage.setup.deadLetterTopic).isEmpty)
            }
        }
    }

    private func withLanes(_ lots: ArraySlice<[Case]>, _ lanes: [Lane], _ body: ([Lane]) throws -> Void) throws {
        guard let cases = lots.first else { return try body(lanes) }
        try Stage.perform { stage in
            let proxy = try WireProxy(target: stage.server.port)
            defer { proxy.shutDown() }
            let relay = try stage.startReady([("postgres.dsn", stage.dsn(through: proxy)), ("log.level", "debug")])
            try withLanes(lots.dropFirst(), lanes + [Lane(stage: stage, proxy: proxy, relay: relay, cases: cases)], body)
        }
    }

    /// - Parameter logLength: of the relay's log before the lie.
    private func check(_ lane: Lane, _ round: Int, logLength: Int) throws {
        let (stage, relay, lie) = (lane.stage, lane.relay, lane.cases[round])
        let isTold = Await.until(seconds: 30) { lane.proxy.told > round }
        #expect(isTold, "\(lie.testDescription)")
        try stage.write([round + 1])
        let arrived: Void? = try? stage.wait(
            for: "\(round + 1)", of: "SELECT count(*) FROM outbox_events WHERE status = 'PUBLISHED'", seconds: 30)
        #expect(arrived != nil, "\(lie.testDescription): true events go on\n\(relay.logTail())")
        let said = String(decoding: relay.logText.utf8.dropFirst(logLength), as: UTF8.self)
        for word in lie.complaint { #expect(said.contains(word), "\(lie.testDescription): \(said)") }
        #expect(relay.isRunning, "\(lie.testDescription)")
        let (confirmed, end) = (try stage.confirmed() ?? .zero, try stage.walPosition())
        #expect(confirmed <= end, "\(lie.testDescription): confirmed \(confirmed) beyond \(end)")
    }
}
