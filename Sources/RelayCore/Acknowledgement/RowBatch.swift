/// The rows of one unit whose status is to follow their publication.
///
/// Ids are kept as the body of one PostgreSQL array literal, built while events are published, so that 500 rows cost one
/// allocation and the statement needs no further work.
public struct RowBatch: Sendable {
    /// A row that went to the dead-letter topic.
    public struct DeadRow: Sendable {
        public let id: String
        public let reason: String
    }

    public let unit: AckTracker.UnitID
    /// Id of the transaction that inserted the rows; nil for rows of a snapshot, which everybody sees.
    public let transaction: UInt32?
    /// `"id","id",...`: quoted array elements, UTF-8.
    public private(set) var published: [UInt8] = []
    public private(set) var publishedCount = 0
    public private(set) var dead: [DeadRow] = []

    public init(unit: AckTracker.UnitID, transaction: UInt32? = nil) {
        self.unit = unit
        self.transaction = transaction
    }

    public var isEmpty: Bool { publishedCount == 0 && dead.isEmpty }

    public mutating func addPublished(id: UnsafeRawBufferPointer) {
        if publishedCount == 0 {
            published.reserveCapacity(min(8_192, (id.count + 3) * 16))
        } else {
            published.append(UInt8(ascii: ","))
        }
        RowBatch.appendElement(id, to: &published)
        publishedCount += 1
    }

    public mutating func addDead(id: String, reason: String) { dead.append(DeadRow(id: id, reason: reason)) }

    /// Appends an array element in quotes; quotes and backslashes are escaped (PostgreSQL documentation, 8.15.6).
    static func appendElement(_ id: UnsafeRawBufferPointer, to array: inout [UInt8]) {
        array.append(UInt8(ascii: "\""))
        if id.contains(where: { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) {
            for byte in id {
                if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { array.append(UInt8(ascii: "\\")) }
                array.append(byte)
            }
        } else {
            array.append(contentsOf: id)
        }
        array.append(UInt8(ascii: "\""))
    }
}
