import OutboxModel
import PostgresClient
package import RelayCore

/// The SQL that writes down what became of claimed rows. Pure. Every statement changes only rows that its worker still holds, so
/// that it may be repeated, also after another publisher has taken rows over.
package struct MarkStatements: Sendable {
    private let table: PollingTable
    private let afterPublish: AfterPublish
    private let worker: WorkerName

    package init(table: PollingTable, afterPublish: AfterPublish, worker: WorkerName) {
        self.table = table
        self.afterPublish = afterPublish
        self.worker = worker
    }

    /// One statement for each kind of outcome that there is, separated by semicolons; empty when there is none.
    package func sql(_ outcome: BatchOutcome) -> String {
        var statements: [String] = []
        let ids = outcome.ids { $0 == .delivered }
        if !ids.isEmpty { statements.append(published(ids)) }
        let back = outcome.ids { $0 == .returned }
        if !back.isEmpty { statements.append("UPDATE \(table.source) SET \(status("PENDING"))\(released)\(holds(back))") }
        for (id, fate) in outcome.settled {
            switch fate {
            case .failed(let reason, let delay): statements.append(failed(id, reason, delay))
            case .dead(let reason): statements.append(dead(id, reason))
            case .open, .delivered, .returned: break
            }
        }
        return statements.map { $0 + ";\n" }.joined()
    }

    private func published(_ ids: [String]) -> String {
        guard afterPublish != .delete else { return "DELETE FROM \(table.source)\(holds(ids))" }
        let time = table.has(.publishedAt) ? ", \(table.bare(.publishedAt)) = now()" : ""
        return "UPDATE \(table.source) SET \(status("PUBLISHED"))\(time)\(released)\(holds(ids))"
    }

    private func failed(_ id: String, _ reason: String, _ delay: Int64) -> String {
        """
        UPDATE \(table.source) SET \(status("FAILED"))\(released)\(attempt(reason)), \
        \(table.bare(.nextAttemptAt)) = now() + interval '\(delay) milliseconds'\(holds([id]))
        """
    }

    private func dead(_ id: String, _ reason: String) -> String {
        "UPDATE \(table.source) SET \(status("DEAD"))\(released)\(attempt(reason))\(holds([id]))"
    }

    private func status(_ text: String) -> String { "\(table.bare(.status)) = '\(text)'" }

    private var released: String { ", \(table.bare(.lockedAt)) = NULL, \(table.bare(.lockedBy)) = NULL" }

    private func attempt(_ reason: String) -> String {
        ", \(table.bare(.retryCount)) = \(table.column(.retryCount)) + 1, \(table.bare(.errorMessage)) = \(quotedLiteral(reason))"
    }

    private func holds(_ ids: [String]) -> String {
        let list = ids.map(quotedLiteral).joined(separator: ",")
        return " WHERE \(table.column(.id)) = ANY (ARRAY[\(list)]::\(table.idType)[]) "
            + "AND \(table.column(.status)) = 'PROCESSING' AND \(table.column(.lockedBy)) = \(quotedLiteral(worker.name))"
    }
}
