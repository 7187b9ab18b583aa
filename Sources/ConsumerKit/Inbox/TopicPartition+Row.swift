package import Kafka
package import PostgresClient

extension TopicPartition {
    /// The partition that two columns of a row name, topic and number; nil when they name none.
    package init?(_ rows: QueryResult, row: Int, column: Int = 0) {
        guard let topic = rows.text(row, column), let number = rows.integer(row, column + 1).flatMap({ Int32(exactly: $0) })
        else { return nil }
        self.init(topic, number)
    }
}
