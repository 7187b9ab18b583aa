import ByteCoding
import PgOutput
import RelayCore
import Testing

struct TransactionCursorTests {
    /// Feeds a transaction's events and returns which of them are new.
    private func replay(_ cursor: inout TransactionCursor, commit: LSN, events: Int) throws -> [Int] {
        try cursor.begin(Begin(commit))
        var new: [Int] = []
        for event in 0..<events {
            if try cursor.isNextEventNew() { new.append(event) }
            cursor.eventDone()
        }
        return new
    }

    @Test func `a transaction is followed from Begin to the end that is to be confirmed`() throws {
        var cursor = TransactionCursor()
        #expect(cursor.transaction == nil && cursor.resumePoint == nil)
        try cursor.begin(Begin(finalLSN: 500, commitTime: 1_000, transactionID: 9))
        #expect(cursor.transaction?.commitTime == 946_684_800_001_000 && cursor.transaction?.xid == 9)
        let isNew = try cursor.isNextEventNew()
        cursor.eventDone()
        #expect(isNew && cursor.resumePoint == .init(commitLSN: 500, publishedEvents: 1))
        let end = try cursor.commit(Commit(500, end: 530))
        #expect(end == 530, "confirming the commit's own position would bring it again")
        #expect(cursor.transaction == nil && cursor.resumePoint == nil)
    }

    @Test(arguments: [0, 1, 2, 5]) func `a transaction that comes again is skipped exactly as far as it was published`(
        published: Int
    ) throws {
        var cursor = TransactionCursor(resume: .init(commitLSN: 500, publishedEvents: published))
        #expect(try replay(&cursor, commit: 500, events: 5) == Array(published..<5))
        _ = try cursor.commit(Commit(500, end: 530))
        #expect(try replay(&cursor, commit: 600, events: 2) == [0, 1])
    }

    @Test func `an event that was begun and not done is new when it comes again`() throws {
        var cursor = TransactionCursor()
        _ = try replay(&cursor, commit: 500, events: 2)
        _ = try cursor.isNextEventNew()
        var next = TransactionCursor(resume: cursor.resumePoint)
        #expect(try replay(&next, commit: 500, events: 4) == [2, 3])
    }

    @Test func `a stream that breaks again while it catches up forgets nothing`() throws {
        var cursor = TransactionCursor()
        _ = try replay(&cursor, commit: 500, events: 5)
        for seen in [3, 0, 5, 4] {
            cursor = TransactionCursor(resume: cursor.resumePoint)
            if seen == 0 { continue }
            #expect(try replay(&cursor, commit: 500, events: seen).isEmpty)
            #expect(cursor.resumePoint == .init(commitLSN: 500, publishedEvents: 5))
        }
        cursor = TransactionCursor(resume: cursor.resumePoint)
        #expect(try replay(&cursor, commit: 500, events: 7) == [5, 6])
        #expect(cursor.resumePoint == .init(commitLSN: 500, publishedEvents: 7))
    }

    @Test func `another transaction than the expected one is published whole`() throws {
        var cursor = TransactionCursor(resume: .init(commitLSN: 500, publishedEvents: 3))
        #expect(try replay(&cursor, commit: 600, events: 2) == [0, 1])
        _ = try cursor.commit(Commit(600, end: 610))
        #expect(try replay(&cursor, commit: 700, events: 1) == [0])
    }

    enum Step: Sendable {
        case begin, insert
        case commit(LSN, LSN)
    }

    @Test(
        arguments: [
            [.begin, .begin], [.insert], [.commit(500, 530)], [.begin, .commit(501, 530)], [.begin, .commit(500, 500)],
            [.begin, .commit(500, 400)], [.begin, .commit(500, 530), .insert], [.begin, .commit(500, 530), .commit(500, 530)],
        ] as [[Step]])
    func `what the protocol does not allow is a violation and moves nothing`(steps: [Step]) {
        var cursor = TransactionCursor()
        func take(_ step: Step) throws(StreamViolation) {
            switch step {
            case .begin: try cursor.begin(Begin(500))
            case .insert: _ = try cursor.isNextEventNew()
            case .commit(let commit, let end): _ = try cursor.commit(Commit(commit, end: end))
            }
        }
        for step in steps.dropLast() { #expect(throws: Never.self) { try take(step) } }
        let before = cursor.transaction
        #expect(throws: StreamViolation.self) { try take(steps[steps.count - 1]) }
        #expect(cursor.transaction == before)
    }
}
