internal import PgOutput

/// The columns of one row that the encoder reads, each as a place in the row's bytes.
struct EventRow {
    /// A value's place; `nil` is NULL, and a column that the table has not.
    typealias Value = Range<Int>?

    private(set) var id: Value
    private(set) var aggregateType: Value
    private(set) var aggregateID: Value
    private(set) var eventType: Value
    private(set) var topic: Value
    private(set) var partitionKey: Value
    private(set) var payload: Value
    private(set) var headers: Value
    private(set) var createdAt: Value
    private(set) var version: Value
    /// A value could not be used and counts as NULL: not text, not inside the bytes, or no such column in the tuple.
    private(set) var isDamaged: Bool

    init(_ tuple: TupleData, byteCount: Int, places: ColumnPlaces) {
        let fields = tuple.fields
        var isDamaged = fields.count != places.count
        id = Self.value(fields, places.id, byteCount, &isDamaged)
        aggregateType = Self.value(fields, places.aggregateType, byteCount, &isDamaged)
        aggregateID = Self.value(fields, places.aggregateID, byteCount, &isDamaged)
        eventType = Self.value(fields, places.eventType, byteCount, &isDamaged)
        topic = Self.value(fields, places.topic, byteCount, &isDamaged)
        partitionKey = Self.value(fields, places.partitionKey, byteCount, &isDamaged)
        payload = Self.value(fields, places.payload, byteCount, &isDamaged)
        headers = Self.value(fields, places.headers, byteCount, &isDamaged)
        createdAt = Self.value(fields, places.createdAt, byteCount, &isDamaged)
        version = Self.value(fields, places.version, byteCount, &isDamaged)
        self.isDamaged = isDamaged
    }

    @inline(__always)
    private static func value(
        _ fields: [TupleData.Field], _ index: Int, _ byteCount: Int, _ isDamaged: inout Bool
    ) -> Value {
        if index < 0 { return nil }
        guard index < fields.count else {
            isDamaged = true
            return nil
        }
        let field = fields[index]
        switch field.kind {
        case .text where field.start >= 0 && field.count >= 0 && field.count <= byteCount &- field.start:
            return unsafe Range(uncheckedBounds: (field.start, field.start &+ field.count))
        case .null:
            return nil
        default:
            isDamaged = true
            return nil
        }
    }

    /// The message's key: partition_key, or aggregate_id where that is NULL or empty.
    ///
    /// An empty partition_key counts as absent so that an application that writes '' here and NULL there still has all
    /// events of one aggregate in one partition.
    var key: Value {
        if let partitionKey, !partitionKey.isEmpty { partitionKey } else { aggregateID }
    }
}
