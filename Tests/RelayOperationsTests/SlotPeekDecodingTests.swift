import ByteCoding
import OutboxModel
import PgOutput
import RelayOperations
import Testing

struct SlotPeekDecodingTests {
    private func message(_ type: Character, _ parts: [UInt8]...) -> [UInt8] { Array(String(type).utf8) + parts.flatMap { $0 } }
    private func text(_ value: String) -> [UInt8] { Array(value.utf8) + [0] }
    private func int32(_ value: Int) -> [UInt8] { withUnsafeBytes(of: UInt32(value).bigEndian) { Array($0) } }
    private func int16(_ value: Int) -> [UInt8] { withUnsafeBytes(of: UInt16(value).bigEndian) { Array($0) } }

    private var relation: [UInt8] {
        let names = ["id", "event_type", "topic", "payload"]
        let columns: [UInt8] = names.flatMap { (name: String) -> [UInt8] in [0] + text(name) + int32(25) + int32(0) }
        return message("R", int32(7), text("shop"), text("outbox"), Array("d".utf8), int16(names.count), columns)
    }

    private var insert: [UInt8] {
        let values: [String?] = ["e-1", "PAID", nil, "{\"secret\":1}"]
        var fields: [UInt8] = []
        for value in values {
            guard let value else {
                fields += Array("n".utf8)
                continue
            }
            fields += Array("t".utf8) + int32(value.utf8.count) + Array(value.utf8)
        }
        return message("I", int32(7), Array("N".utf8), int16(values.count), fields)
    }

    @Test(arguments: [true, false])
    func `an insert shows its event, and its payload only when asked for`(showsPayload: Bool) throws {
        var decoding = SlotPeekDecoding(columns: .standard, showsPayload: showsPayload)
        let described = try decoding.line(relation, lsn: .zero, transaction: "9")
        #expect(described == nil)
        let line = try #require(try decoding.line(insert, lsn: LSN(rawValue: 16), transaction: "9"))
        #expect(line.kind == "insert")
        #expect(line.table == "shop.outbox")
        #expect(line.eventID == "e-1")
        #expect(line.eventType == "PAID")
        #expect(line.topic == nil)
        #expect(line.payload == (showsPayload ? "{\"secret\":1}" : nil))
    }

    @Test func `a row of an unknown table is shown without its event`() throws {
        var decoding = SlotPeekDecoding(columns: .standard, showsPayload: true)
        let line = try #require(try decoding.line(insert, lsn: .zero, transaction: "9"))
        #expect(line.table == "oid 7")
        #expect(line.eventID == nil)
    }

    @Test func `bytes that are no message are an error`() {
        var decoding = SlotPeekDecoding(columns: .standard, showsPayload: true)
        #expect(throws: PgOutputError.self) { try decoding.line([0xFF, 1, 2], lsn: .zero, transaction: "9") }
    }
}
