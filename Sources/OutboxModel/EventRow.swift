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

    init(_ tuple: TupleData, byteCount: Int, map: ColumnMap) {
        var isDamaged = tuple.count != map.columnCount
        func value(_ index: Int) -> Value {
            if index < 0 { return nil }
            guard index < tuple.count else {
                isDamaged = true
                return nil
            }
            let field = tuple[index]
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
        id = value(map.id)
        aggregateType = value(map.aggregateType)
        aggregateID = value(map.aggregateID)
        eventType = value(map.eventType)
        topic = value(map.topic)
        partitionKey = value(map.partitionKey)
        payload = value(map.payload)
        headers = value(map.headers)
        createdAt = value(map.createdAt)
        version = value(map.version)
        self.isDamaged = isDamaged
    }

    /// The message's key: partition_key, or aggregate_id where that is NULL or empty.
    ///
    /// An empty partition_key counts as absent so that an application that writes '' here and NULL there still has all
    /// events of one aggregate in one partition.
    var key: Value {
        if let partitionKey, !partitionKey.isEmpty { partitionKey } else { aggregateID }
    }
}
