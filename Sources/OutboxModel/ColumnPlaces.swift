/// The columns that the encoder reads, by index, -1 where the table has none. Plain numbers, so that handing them to each
/// event's encoding counts no references.
struct ColumnPlaces: Sendable {
    /// Number of columns of a tuple.
    let count: Int
    let id: Int
    let aggregateType: Int
    let aggregateID: Int
    let eventType: Int
    let topic: Int
    let partitionKey: Int
    let payload: Int
    let headers: Int
    let createdAt: Int
    let version: Int

    init(count: Int, _ place: (ColumnRole) -> Int) {
        self.count = count
        id = place(.id)
        aggregateType = place(.aggregateType)
        aggregateID = place(.aggregateID)
        eventType = place(.eventType)
        topic = place(.topic)
        partitionKey = place(.partitionKey)
        payload = place(.payload)
        headers = place(.headers)
        createdAt = place(.createdAt)
        version = place(.version)
    }
}
