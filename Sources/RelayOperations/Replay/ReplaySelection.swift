import OutboxModel
import PostgresClient

/// Which rows are published again. Pure.
public struct ReplaySelection: Sendable, Equatable {
    public enum Choice: Sendable, Equatable {
        case ids([String])
        case range(TimeRange)
        /// One aggregate, by its type and id.
        case aggregate(type: String, id: String)
    }

    public let choice: Choice
    /// Only rows that go to this topic.
    public let topic: String?

    /// Reads the options. Throws a sentence unless exactly one kind of choice was made.
    public init(ids: String?, aggregate: String?, range: TimeRange, topic: String?) throws(OperationError) {
        self.topic = topic
        switch (ids, aggregate, range.isOpen) {
        case (let ids?, nil, true):
            let list = ids.split(separator: ",").map { word in String(word.drop { $0 == " " }) }.filter { !$0.isEmpty }
            guard !list.isEmpty else { throw OperationError("--ids needs event ids, separated by commas") }
            guard list.count <= 10_000 else { throw OperationError("--ids takes at most 10,000 ids") }
            choice = .ids(Array(Set(list)).sorted())
        case (nil, let text?, true):
            guard let slash = text.firstIndex(of: "/"), slash != text.startIndex, text.index(after: slash) != text.endIndex else {
                throw OperationError("--aggregate needs TYPE/ID, for instance ORDER/4711")
            }
            choice = .aggregate(type: String(text[..<slash]), id: String(text[text.index(after: slash)...]))
        case (nil, nil, false):
            guard range.since != nil else { throw OperationError("--until goes with --since") }
            choice = .range(range)
        case (nil, nil, true): throw OperationError("one of --ids, --since and --aggregate is needed")
        default: throw OperationError("only one of --ids, --since and --aggregate")
        }
    }

    /// The condition on rows, and its parameters. Throws when the table lacks the column that the choice is about.
    func condition(_ table: OutboxTable) throws(OperationError) -> String {
        switch choice {
        case .ids(let ids):
            if let wrong = ids.first(where: { !table.canBeID($0) }) {
                throw OperationError("\(wrong) cannot be an event id: the column is of type \(table.idType)")
            }
            return "\(table.id) = ANY (\(quotedLiteral(OutboxTable.array(ids)))::\(table.idType)[])"
        case .range(let range): return try table.condition(range).joined(separator: " AND ")
        case .aggregate(let type, let id):
            guard let typeColumn = table.column(.aggregateType), let idColumn = table.column(.aggregateID) else {
                throw OperationError("the table \(table.name.shown) has no aggregate_type (column.aggregate_type)")
            }
            // As text, so that an id that is no number in a column of numbers is in no row instead of an error.
            return "\(typeColumn)::text = \(quotedLiteral(type)) AND \(idColumn)::text = \(quotedLiteral(id))"
        }
    }

    var words: String {
        switch choice {
        case .ids(let ids): ids.count == 1 ? " with the id \(ids[0])" : " with one of \(ids.count) ids"
        case .range(let range): range.words
        case .aggregate(let type, let id): " of \(type)/\(id)"
        }
    }
}
