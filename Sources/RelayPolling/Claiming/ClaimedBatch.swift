import OutboxModel
import PgOutput
import PostgresClient
import RelayCore

/// The answer to a claim: what it says about the others, and the rows. Belongs to the polling thread.
final class ClaimedBatch {
    let isFree: Bool
    let candidates: Int
    let blocked: Int
    let publishers: Int?
    let held: Int?
    let pending: Int64?
    /// Rows claimed.
    let count: Int
    let map: ColumnMap
    private let result: QueryResult
    private var bytes: [UInt8] = []

    init(_ result: QueryResult, names: ColumnNames) throws(PollingInterruption) {
        self.result = result
        func integer(_ head: ClaimStatement.Head) -> Int64? {
            ClaimStatement.Head.allCases.firstIndex(of: head).flatMap { result.integer(0, $0) }
        }
        guard result.rowCount > 0, let free = result.boolean(0, 0) else {
            throw .postgres(PostgresError(kind: .protocolViolation, message: "a claim was not answered"))
        }
        isFree = free
        candidates = Int(integer(.candidates) ?? 0)
        blocked = Int(integer(.blocked) ?? 0)
        publishers = integer(.publishers).map(Int.init)
        held = integer(.held).map(Int.init)
        pending = integer(.pending)
        let place = ClaimStatement.Head.allCases.firstIndex(of: .place) ?? 0
        count = result.isNull(0, place) ? 0 : result.rowCount
        do throws(ColumnMapError) {
            map = try ColumnMap(
                columns: result.columnNames, typeOIDs: (0..<result.columnCount).map { result.columnType($0) }, names: names)
        } catch { throw .failed([Finding("table.columns", .fail, object: "outbox table", fact: "\(error)")]) }
    }

    /// Calls `body` with a row as a tuple of the stream would have it; the bytes live as long as the call.
    func withRow<Failure: Error, Value>(
        _ row: Int, _ body: (TupleData, UnsafeRawBufferPointer) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        bytes.removeAll(keepingCapacity: bytes.capacity < 1 << 20)
        var fields: [TupleData.Field] = []
        fields.reserveCapacity(result.columnCount)
        for column in 0..<result.columnCount {
            guard let value = result.bytes(row, column) else {
                fields.append(.null)
                continue
            }
            fields.append(.text(bytes.count..<(bytes.count + value.count)))
            bytes.append(contentsOf: value)
        }
        let outcome: Result<Value, Failure> = bytes.withUnsafeBytes { buffer in
            do throws(Failure) { return .success(try body(TupleData(fields: fields), buffer)) } catch { return .failure(error) }
        }
        return try outcome.get()
    }

    /// Unix µs; 0 when unknown.
    func time(_ row: Int) -> Int64 {
        ClaimStatement.Head.allCases.firstIndex(of: .time).flatMap { result.integer(row, $0) } ?? 0
    }

    /// Nothing is known of any row yet.
    func makeOutcome() -> BatchOutcome {
        func text(_ row: Int, _ role: ColumnRole) -> String? { map[role].flatMap { result.text(row, $0) } }
        let rows = 0..<count
        return BatchOutcome(
            ids: rows.map { text($0, .id) ?? "" },
            keys: rows.map { row in
                let key = text(row, .partitionKey) ?? ""
                return key.isEmpty ? text(row, .aggregateID) ?? "" : key
            },
            attempts: rows.map { row in map[.retryCount].flatMap { result.integer(row, $0) }.map(Int.init) ?? 0 })
    }

    /// Bytes of all values, for the next claim's limit.
    var payloadBytes: Int {
        guard let payload = map[.payload] else { return 0 }
        return (0..<count).reduce(0) { $0 + (result.bytes($1, payload)?.count ?? 0) }
    }
}
