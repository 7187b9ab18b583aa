import ServiceRuntime
import Synchronization

/// Asks every loop something and waits for the answers: for administrators, who are few and can wait.
struct LoopQuestions: Sendable {
    /// A loop that does not answer by then is busy beyond help.
    private static let patienceMilliseconds: Int64 = 2_000

    private final class Answers<Answer: Sendable>: Sendable {
        let list = Mutex<[Answer]>([])
        let arrived: EventFD

        init() throws(SystemError) { arrived = try EventFD() }
    }

    let runtimes: RuntimeTable

    /// The answers of those loops that answered, in any order. Not to be called from one of them.
    func ask<Answer: Sendable>(_ question: @escaping @Sendable (LoopRuntime) -> Answer) -> [Answer] {
        let loops = runtimes.all
        guard let answers = try? Answers<Answer>() else { return [] }
        for loop in loops {
            loop.post { runtime in
                let answer = question(runtime)
                answers.list.withLock { $0.append(answer) }
                answers.arrived.signal()
            }
        }
        let deadline = MonotonicTime.now() + Self.patienceMilliseconds * 1_000_000
        while answers.list.withLock({ $0.count }) < loops.count {
            let left = (deadline - MonotonicTime.now()) / 1_000_000
            guard left > 0 else { break }
            _ = try? waitReadable([PollTarget(answers.arrived.fileDescriptor)], timeoutMilliseconds: left)
            answers.arrived.drain()
        }
        return answers.list.withLock { $0 }
    }
}
