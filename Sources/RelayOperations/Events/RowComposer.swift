import OutboxModel
import PgOutput
import PostgresClient
import RelayCore

/// Makes rows that were read by SQL into messages, with the relay's own encoder. One thread's.
///
/// Rows come from `OutboxTable.eventColumns` or `routeColumns`: under the roles' standard names, with other columns behind them.
final class RowComposer {
    private var encoder: EventEncoder
    private var map: ColumnMap?
    private var bytes: [UInt8] = []

    init(_ options: RelayOptions, format: MessageFormat? = nil, routing: RoutingPolicy? = nil) {
        encoder = EventEncoder(
            format: format ?? options.format, routing: routing ?? options.routing, cloudEventsSource: options.cloudEventsSource)
    }

    /// The whole message, or why there is none.
    func message(_ row: QueryResult, at index: Int = 0) throws(OperationError) -> Result<EventMessage, Rejection> {
        let outcome = try encode(row, at: index)
        return finish(outcome)
    }

    /// A message out of values by column name, for a letter whose row is gone.
    func message(
        _ values: [(role: ColumnRole, value: [UInt8]?)], payloadType: UInt32
    ) throws(OperationError) -> Result<EventMessage, Rejection> {
        let columns = values.map(\.role.rawValue)
        let types = values.map { $0.role == .payload ? payloadType : UInt32(25) }
        let map = try columnMap(columns, types)
        bytes.removeAll(keepingCapacity: true)
        var fields: [TupleData.Field] = []
        for (_, value) in values { append(value.map { $0[...] }, to: &fields) }
        let outcome = bytes.withUnsafeBytes {
            encoder.encode(TupleData(fields: fields), in: $0.bytes, map: map, commitTime: 0)
        }
        return finish(outcome)
    }

    /// Lends topic, event id and key of a row; false when it can be no message. Costs no copy of them.
    func route(
        _ row: QueryResult, _ body: (_ topic: TopicID, _ id: UnsafeRawBufferPointer, _ key: UnsafeRawBufferPointer) -> Void
    ) throws(OperationError) -> Bool {
        guard case .event(let event) = try encode(row, at: 0), let key = event.key else { return false }
        encoder.withUnsafeBytes { bytes in
            body(
                event.topic, UnsafeRawBufferPointer(rebasing: bytes[event.eventID]), UnsafeRawBufferPointer(rebasing: bytes[key]))
        }
        return true
    }

    func topicName(_ topic: TopicID) -> String { encoder.topicName(topic) ?? "" }

    private func encode(_ row: QueryResult, at index: Int) throws(OperationError) -> EncodedEvent.Outcome {
        let known: ColumnMap
        if let map {
            known = map
        } else {
            known = try columnMap(row.columnNames, (0..<row.columnCount).map { row.columnType($0) })
            map = known
        }
        bytes.removeAll(keepingCapacity: true)
        var fields: [TupleData.Field] = []
        fields.reserveCapacity(row.columnCount)
        for column in 0..<row.columnCount { append(row.bytes(index, column), to: &fields) }
        return bytes.withUnsafeBytes { encoder.encode(TupleData(fields: fields), in: $0.bytes, map: known, commitTime: 0) }
    }

    private func append(_ value: (some Collection<UInt8>)?, to fields: inout [TupleData.Field]) {
        guard let value else { return fields.append(.null) }
        fields.append(.text(bytes.count..<(bytes.count + value.count)))
        bytes.append(contentsOf: value)
    }

    private func columnMap(_ columns: [String], _ types: [UInt32]) throws(OperationError) -> ColumnMap {
        do throws(ColumnMapError) { return try ColumnMap(columns: columns, typeOIDs: types, names: .standard) } catch {
            throw OperationError("\(error)")
        }
    }

    private func finish(_ outcome: EncodedEvent.Outcome) -> Result<EventMessage, Rejection> {
        switch outcome {
        case .rejected(let rejection): return .failure(rejection)
        case .event(let event):
            let headers = (0..<encoder.headerCount).map { encoder.header(at: $0) }
            let topic = encoder.topicName(event.topic) ?? ""
            return encoder.withUnsafeBytes { bytes in
                func text(_ range: Range<Int>) -> String {
                    String(decoding: UnsafeRawBufferPointer(rebasing: bytes[range]), as: UTF8.self)
                }
                return .success(
                    EventMessage(
                        topic: topic, eventID: text(event.eventID), key: event.key.map { Array(bytes[$0]) },
                        value: event.value.map { Array(bytes[$0]) },
                        headers: headers.map { header in (text(header.name), header.value.map { Array(bytes[$0]) }) }))
            }
        }
    }
}
