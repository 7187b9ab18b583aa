/// One client's side of the protocol, over any number of connections: remembers what came, and where to go on. Pure.
struct FanoutClient {
    /// What its connection has to do.
    enum Answer: Equatable {
        case send([UInt8])
        case hangUp
    }

    let plan: FanoutClientPlan
    private(set) var record = FanoutRecord()
    /// Whether it gets events on this connection, from its place on.
    private(set) var isLive = false
    private var cursor: String?
    private var reader: FanoutReader
    /// Events count from the answer on to the place that it asked for.
    private var isResuming = false

    init(_ plan: FanoutClientPlan) {
        self.plan = plan
        reader = FanoutReader(isEventStream: plan.form == .eventStream)
    }

    /// Begins a connection; returns what to send.
    mutating func connect(port: Int) -> [UInt8] {
        reader = FanoutReader(isEventStream: plan.form == .eventStream)
        isLive = false
        isResuming = plan.form == .resumingWebSocket && cursor != nil
        return plan.request(port: port, cursor: cursor)
    }

    mutating func disconnected() { isLive = false }

    mutating func take(_ bytes: UnsafeRawBufferPointer) -> [Answer] {
        var answers: [Answer] = []
        for message in reader.take(bytes) { take(message, &answers) }
        return answers
    }

    private mutating func take(_ message: FanoutMessage, _ answers: inout [Answer]) {
        switch message {
        case .event(let id, let place):
            guard !isResuming else { return }
            record.events.append(id)
            cursor = place
        case .place(let place):
            if !isLive { opened(&answers) }
            if let place, !isResuming { cursor = place }
        case .resumed: isResuming = false
        case .reset(let reason):
            record.resets.append(reason)
            isResuming = false
        case .ping(let payload): answers.append(.send(FanoutReader.clientFrame(0xA, payload)))
        case .close(let code):
            // An instance that ends or restarts, a limit, and somebody too slow, who may resume as well.
            if ![1001, 1012, 1013, 4008].contains(code) { record.faults.append("closed with code \(code)") }
            answers.append(.hangUp)
        case .refused(let status):
            if status != 503 { record.faults.append("refused with status \(status)") }
            answers.append(.hangUp)
        case .broken(let what):
            record.faults.append(what)
            answers.append(.hangUp)
        }
    }

    /// The server's first word.
    private mutating func opened(_ answers: inout [Answer]) {
        isLive = true
        guard let cursor else { return }
        record.resumes += 1
        guard isResuming else { return }
        answers.append(.send(FanoutReader.clientFrame(0x1, Array("{\"type\":\"resume\",\"cursor\":\"\(cursor)\"}".utf8))))
    }
}
