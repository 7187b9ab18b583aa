import Foundation
import HTTPServer

/// What the handlers of streams were told, from every thread, in its order.
final class StreamLog: @unchecked Sendable {
    enum Entry: Equatable {
        case opened(loop: Int)
        case received(String)
        case writable
        case ended(StreamEnd)
        case note(String)
    }

    private let condition = NSCondition()
    private var list: [Entry] = []

    var entries: [Entry] {
        condition.withLock { list }
    }

    var received: String {
        Self.received(entries)
    }

    var ends: [StreamEnd] {
        entries.compactMap { if case .ended(let reason) = $0 { reason } else { nil } }
    }

    func add(_ entry: Entry) {
        condition.withLock {
            list.append(entry)
            condition.broadcast()
        }
    }

    /// Waits until the entries are so; false after ten seconds. The closure must not ask this object.
    @discardableResult
    func wait(_ isEnough: ([Entry]) -> Bool) -> Bool {
        let deadline = Date().addingTimeInterval(10)
        return condition.withLock {
            while !isEnough(list) {
                guard condition.wait(until: deadline) else { return isEnough(list) }
            }
            return true
        }
    }

    /// Waits until the clients have sent this, all of it together.
    func waitForText(_ text: String) -> Bool {
        wait { Self.received($0) == text }
    }

    private static func received(_ entries: [Entry]) -> String {
        entries.reduce(into: "") { if case .received(let text) = $1 { $0 += text } }
    }

    func waitForEnds(_ count: Int = 1) -> Bool {
        wait { entries in entries.count { if case .ended = $0 { true } else { false } } >= count }
    }
}
