import ServiceRuntime

/// Keeps a sender busy: it gets the next event when so many deliveries of those before it are still out.
struct ClosedLoop {
    struct Result {
        var deliveries = 0
        var events = 0
        /// From the first event to the last delivery.
        var seconds = 0.0
        /// CPU time of the sending process meanwhile.
        var cpuSeconds = 0.0

        var perCPUSecond: Double { Double(deliveries) / cpuSeconds }
        var perSecond: Double { Double(deliveries) / seconds }
    }

    /// Events, also in part, that may be under way when the next one is given.
    let underWay: Double
    let seconds: Int
    /// From one event to the next at least, ns.
    var spacing: Int64 = 0

    /// One event at a time for each client, and no pause: more than one under way would meet in the server and go out together.
    static let oneByOne = 0.5

    /// - Parameters:
    ///   - first: the number of the first event; every client has had all before it.
    ///   - last: no event from this number on is sent.
    ///   - send: gives the event with this number to the sender.
    func run(
        _ clients: Swarm, pid: Int32, from first: Int, below last: Int = .max, send: (Int) throws -> Void
    ) throws -> Result {
        clients.expect(first)
        clients.beginMeasurement()
        guard let before = ProcessUsage.of(pid) else { throw BenchError("the sender is gone") }
        let began = MonotonicTime.now()
        let end = began + Int64(seconds) * 1_000_000_000
        var next = first
        var due = began
        var failure: (any Error)?
        let count = Double(clients.count)
        let isDone = try clients.run(seconds: Double(seconds) + 20) {
            let had = Double(clients.deliveries) / count
            do {
                while next < last, Double(next - first) - had <= underWay, MonotonicTime.now() < end, MonotonicTime.now() >= due {
                    due += spacing
                    try send(next)
                    next += 1
                }
            } catch {
                failure = error
                return true
            }
            return (next == last || MonotonicTime.now() >= end) && clients.deliveries >= (next - first) * clients.count
        }
        if let failure { throw failure }
        let took = MonotonicTime.now() - began
        guard let after = ProcessUsage.of(pid) else { throw BenchError("the sender is gone") }
        guard isDone, clients.hasAll(below: next) else { throw BenchError("deliveries are missing") }
        return Result(
            deliveries: clients.deliveries, events: next - first, seconds: Double(took) / 1e9,
            cpuSeconds: after.cpuSeconds - before.cpuSeconds)
    }
}
