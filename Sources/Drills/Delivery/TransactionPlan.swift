/// The transactions of one writer, one after the other; depends on the seed alone.
struct TransactionPlan {
    struct Transaction {
        /// To be executed one after the other; most transactions are one round trip, some hold others up by several.
        var statements: [String] = []
        var committed: [String] = []
        var discarded: [String] = []
        var rowCount: Int { committed.count + discarded.count }
    }

    private let writer: Int
    private let options: OutboxWorkload.Options
    private let fill: String
    private var random: XorShift
    private var sequences: [Int]
    private var number = 0

    init(writer: Int, options: OutboxWorkload.Options) {
        self.writer = writer
        self.options = options
        fill = String(repeating: "x", count: options.fillBytes)
        random = XorShift(seed: options.seed &* 1_000_003 &+ UInt64(writer) &+ 1)
        sequences = Array(repeating: 0, count: options.keysPerWriter)
    }

    mutating func next() -> Transaction {
        var transaction = Transaction()
        var parts = ["BEGIN"]
        let isDiscarded = random.below(100) < options.rollbacks
        parts.append(insert(1 + random.below(3), isKept: !isDiscarded, into: &transaction))
        if random.below(100) < options.savepoints {
            parts += ["SAVEPOINT s", insert(1 + random.below(2), isKept: false, into: &transaction), "ROLLBACK TO SAVEPOINT s"]
        }
        if random.below(2) == 0 { parts.append(insert(1 + random.below(2), isKept: !isDiscarded, into: &transaction)) }
        parts.append(isDiscarded ? "ROLLBACK" : "COMMIT")
        transaction.statements = random.below(4) == 0 ? parts : [parts.joined(separator: "; ")]
        return transaction
    }

    /// One INSERT of several rows. Rows that are to vanish say so in their id and have no number.
    private mutating func insert(_ count: Int, isKept: Bool, into transaction: inout Transaction) -> String {
        var rows: [String] = []
        for _ in 0..<count {
            number += 1
            let slot = random.below(options.keysPerWriter)
            let id = "\(isKept ? "c0000000" : "bad00000")-0000-4000-8\(hexadecimal(writer, 3))-\(hexadecimal(number, 12))"
            if isKept { sequences[slot] += 1 }
            let key = "w\(writer)-k\(slot)"
            let topic = options.topics[slot % options.topics.count].map { "'\($0)'" } ?? "NULL"
            let owner = options.users[slot % options.users.count].map { "\"user_id\": \"\($0)\", " } ?? ""
            rows.append(
                """
                ('\(id)', 'DRILL', '\(key)', '\(isKept ? "KEPT" : "ROLLED_BACK")', \(topic), \
                '{\(owner)"seq": \(isKept ? sequences[slot] : -1), "fill": "\(fill)"}')
                """)
            if isKept { transaction.committed.append(id) } else { transaction.discarded.append(id) }
        }
        return "INSERT INTO \(options.table) (id, aggregate_type, aggregate_id, event_type, topic, payload) VALUES "
            + rows.joined(separator: ", ")
    }

    private func hexadecimal(_ value: Int, _ width: Int) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
