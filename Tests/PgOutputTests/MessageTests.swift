import ByteCoding
import Drills
import PgOutput
import TestSupport
import Testing

struct MessageTests {
    private func decode(_ bytes: [UInt8]) throws -> PgOutputMessage {
        try PgOutputDecoder().decode(bytes.span.bytes)
    }

    @Test func `a transaction's frame`() throws {
        guard case .begin(let begin) = try decode(PgOutputWriter.begin(finalLSN: 0x100, commitTime: 5, transactionID: 742))
        else { throw Unexpected() }
        #expect(begin == Begin(finalLSN: LSN(rawValue: 0x100), commitTime: 5, transactionID: 742))
        guard case .commit(let commit) = try decode(PgOutputWriter.commit(commitLSN: 0x100, endLSN: 0x130, commitTime: -1))
        else { throw Unexpected() }
        #expect(commit == Commit(commitLSN: LSN(rawValue: 0x100), endLSN: LSN(rawValue: 0x130), commitTime: -1))
        guard case .origin(let origin) = try decode(PgOutputWriter(type: "O").int64(77).string("ü").bytes)
        else { throw Unexpected() }
        #expect(origin.commitLSN == LSN(rawValue: 77))
        #expect(origin.name == "ü")
    }

    @Test func `a relation and a type`() throws {
        let bytes = PgOutputWriter(type: "R").int32(16_400).string("").string("t").int8(0x69).int16(2)
            .int8(1).string("id").int32(2950).int32(-1).int8(0).string("n").int32(1700).int32(655_366).bytes
        guard case .relation(let relation) = try decode(bytes) else { throw Unexpected() }
        #expect(
            relation
                == Relation(
                    id: 16_400, namespace: "", name: "t", replicaIdentity: .index,
                    columns: [
                        RelationColumn(name: "id", typeOID: 2950, isKey: true),
                        RelationColumn(name: "n", typeOID: 1700, typeModifier: 655_366),
                    ]))
        guard case .type(let type) = try decode(PgOutputWriter(type: "Y").int32(9).string("public").string("mood").bytes)
        else { throw Unexpected() }
        #expect((type.id, type.namespace, type.name) == (9, "public", "mood"))
    }

    @Test func `an insert points into its message`() throws {
        let bytes = PgOutputWriter(type: "I").int32(16_400).int8(0x4E).int16(5)
            .int8(0x74).int32(3).raw(Array("abc".utf8)).int8(0x6E).int8(0x75)
            .int8(0x62).int32(1).raw([9]).int8(0x74).int32(0).bytes
        guard case .insert(let insert) = try decode(bytes) else { throw Unexpected() }
        #expect(insert.relationID == 16_400)
        #expect(insert.tuple.fields.map(\.kind) == [.text, .null, .unchanged, .binary, .text])
        #expect(insert.tuple.fields.map(\.count) == [3, 0, 0, 1, 0])
        let text = insert.tuple[0]
        #expect(Array(bytes[text.start..<text.start + text.count]) == Array("abc".utf8))
        #expect(bytes[insert.tuple[3].start] == 9)
    }

    @Test func `updates and deletes`() throws {
        let kinds: [(UInt8?, String)] = [(nil, "none"), (0x4B, "key"), (0x4F, "row")]
        for (marker, name) in kinds {
            var writer = PgOutputWriter(type: "U").int32(1)
            if let marker { writer = writer.int8(marker).tuple(["k"]) }
            guard case .update(let update) = try decode(writer.int8(0x4E).tuple(["a", nil]).bytes) else { throw Unexpected() }
            #expect(update.new.count == 2)
            #expect(oldKind(update.old) == name)
            guard let marker else { continue }
            let bytes = PgOutputWriter(type: "D").int32(7).int8(marker).tuple(["k"]).bytes
            guard case .delete(let delete) = try decode(bytes) else { throw Unexpected() }
            #expect(delete.relationID == 7)
            #expect(oldKind(delete.old) == name)
        }
    }

    private func oldKind(_ old: OldTuple?) -> String {
        switch old {
        case nil: "none"
        case .key: "key"
        case .row: "row"
        }
    }

    @Test func `truncates and logical messages`() throws {
        let truncateBytes = PgOutputWriter(type: "T").int32(2).int8(2).int32(5).int32(6).bytes
        guard case .truncate(let truncate) = try decode(truncateBytes) else { throw Unexpected() }
        #expect(truncate.relationIDs == [5, 6])
        #expect(!truncate.cascades)
        #expect(truncate.restartsIdentity)
        let messageBytes = PgOutputWriter(type: "M").int8(1).int64(99).string("p").int32(2).raw([7, 8]).bytes
        guard case .message(let message) = try decode(messageBytes) else { throw Unexpected() }
        #expect(message.isTransactional)
        #expect(message.lsn == LSN(rawValue: 99))
        #expect(message.prefix == "p")
        #expect(Array(messageBytes[message.content]) == [7, 8])
    }

    @Test func `the kinds never asked for are recognised`() throws {
        func body(_ type: Character) -> PgOutputWriter { PgOutputWriter(type: type).int8(0).int64(1).int64(2).int64(3) }
        guard case .streamStart(let start) = try decode(PgOutputWriter(type: "S").int32(7).int8(1).bytes),
            case .streamStop = try decode([0x45]),
            case .streamCommit(let streamCommit) = try decode(
                PgOutputWriter(type: "c").int32(7).int8(0).int64(1).int64(2).int64(3).bytes),
            case .streamAbort(let abort) = try decode(PgOutputWriter(type: "A").int32(7).int32(8).bytes),
            case .streamAbort(let parallel) = try decode(
                PgOutputWriter(type: "A").int32(7).int32(8).int64(5).int64(6).bytes),
            case .beginPrepare(let beginPrepare) = try decode(
                PgOutputWriter(type: "b").int64(1).int64(2).int64(3).int32(7).string("g").bytes),
            case .prepare(let prepare) = try decode(body("P").int32(7).string("g").bytes),
            case .streamPrepare(let streamPrepare) = try decode(body("p").int32(7).string("g").bytes),
            case .commitPrepared(let commitPrepared) = try decode(body("K").int32(7).string("g").bytes),
            case .rollbackPrepared(let rollback) = try decode(body("r").int64(4).int32(7).string("g").bytes)
        else { throw Unexpected() }
        #expect(start.isFirst && start.transactionID == 7)
        #expect(streamCommit.endLSN == LSN(rawValue: 2))
        #expect(abort.subtransactionID == 8 && abort.abortLSN == nil)
        #expect(parallel.abortLSN == LSN(rawValue: 5) && parallel.abortTime == 6)
        #expect(beginPrepare.globalID == "g" && beginPrepare.prepareTime == 3)
        #expect(prepare == streamPrepare && prepare.transactionID == 7)
        #expect(commitPrepared.commitLSN == LSN(rawValue: 1))
        #expect(rollback.rollbackTime == 4 && rollback.prepareEndLSN == LSN(rawValue: 1))
    }
}

struct Unexpected: Error {}
