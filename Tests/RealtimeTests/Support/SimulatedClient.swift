import Realtime

/// A page: keeps its last cursor, comes back with it, changes its subscriptions, and notes what it was given.
final class SimulatedClient {
    enum Leaving { case no, asked }

    struct Held {
        /// Everything of the channel from here on is wanted.
        var since: Positions
        var leaving = Leaving.no
    }

    let number: Int
    let form: ClientForm
    /// nil while it is cut off.
    var connection: (instance: Int, client: HubClient, socket: FakeSocket)?
    private var reader: MessageReader
    var cursor: String?
    /// What it is subscribed to.
    var held: [String: Held] = [:]
    /// A subscription that has not been answered: its channels, and the cursor that was sent with it.
    var asked: (channels: [String], cursor: Cursor?)?
    /// Events that came for channels of ``asked`` only: they count once it is answered.
    private var tentative: [String] = []
    /// It sent a `resume`: what comes before the answer does not count.
    var isResuming = false
    /// Ids in the order in which they came, since the last reset.
    private(set) var received: [String] = []
    private var seen: Set<String> = []
    private(set) var resets = 0
    var violations: [String] = []
    /// Messages about the harness's own requests are not for the page.
    static let hidden = "hidden"

    init(number: Int, form: ClientForm) {
        self.number = number
        self.form = form
        reader = MessageReader(isStream: form != .webSocket)
    }

    // MARK: Connection

    var channels: [String] { held.keys.sorted() }

    func connected(_ instance: Int, _ client: HubClient, _ socket: FakeSocket) {
        connection = (instance, client, socket)
        reader = MessageReader(isStream: form != .webSocket)
    }

    /// Gone without notice: what was on the way is lost, and so is what was not answered.
    func wasCut() {
        connection = nil
        asked = nil
        isResuming = false
        for id in tentative { seen.remove(id) }
        tentative = []
        held = held.filter { $0.value.leaving == .no }
    }

    // MARK: Reading

    /// - Returns: false when the server said goodbye.
    func read(_ bytes: [UInt8], log: SimulatedLog) -> Bool {
        for message in reader.read(bytes) {
            if message.id == Self.hidden { continue }
            switch message.type {
            case "welcome", "cursor", "pong", "ping", "retry": break
            case "event": took(message, log)
            case "subscribed": subscribed(message)
            case "unsubscribed": if let name = message.id { held[name] = nil }
            case "resumed": isResuming = false
            case "reset":
                resets += 1
                isResuming = false
                forget(message)
            case "error": if message.text.contains("busy") { refused() } else { violations.append(message.text) }
            case "reconnect": break
            case "close": return false
            default: violations.append("unknown message \(message.text)")
            }
            if !isResuming, let cursor = message.cursor { self.cursor = cursor }
            if message.type == "welcome", let cursor = message.cursor.flatMap({ try? Cursor($0) }) {
                for name in held.keys where held[name]?.since == Self.unknown { held[name]?.since = cursor.positions }
            }
        }
        return true
    }

    /// Stands for "from the welcome's cursor on".
    static let unknown = [9_999: 1] as Positions

    private func took(_ message: ReceivedMessage, _ log: SimulatedLog) {
        guard !isResuming, let id = message.eventID, let found = log.entry(id) else { return }
        let isOld = found.entry.channels.contains { held[$0] != nil }
        let isNew = found.entry.channels.contains { asked?.channels.contains($0) ?? false }
        guard isOld || isNew else { return violations.append("\(id) is on none of its channels") }
        guard seen.insert(id).inserted else { return violations.append("\(id) came twice") }
        if isOld {
            received.append(id)
        } else {
            tentative.append(id)
        }
    }

    private func subscribed(_ message: ReceivedMessage) {
        guard let asked, let cursor = message.cursor.flatMap({ try? Cursor($0) }) else { return }
        for name in asked.channels where held[name] == nil {
            held[name] = Held(since: asked.cursor?.positions ?? cursor.positions)
        }
        received.append(contentsOf: tentative)
        tentative = []
        self.asked = nil
    }

    private func refused() {
        for name in held.keys { held[name]?.leaving = .no }
        asked = nil
    }

    /// Loads its state anew: only what comes from this cursor on is wanted.
    private func forget(_ message: ReceivedMessage) {
        asked?.cursor = nil
        received = []
        tentative = []
        seen = []
        let positions = message.cursor.flatMap { try? Cursor($0) }?.positions ?? Positions()
        for name in held.keys { held[name]?.since = positions }
    }

    // MARK: Judgement

    /// Each event of its channels once, and in order within its partition.
    func judge(_ log: SimulatedLog) -> [String] {
        var found = violations
        var last: [Int32: Int64] = [:]
        for id in received {
            guard let place = log.entry(id) else { continue }
            // What was subscribed later may have been filled in with a cursor of before.
            if let before = last[place.partition], before >= place.entry.offset, !isFilled {
                found.append("\(id) is out of order")
            }
            last[place.partition] = place.entry.offset
        }
        for (number, partition) in log.partitions.enumerated() {
            for entry in partition {
                guard let id = entry.id, !seen.contains(id) else { continue }
                let isWanted = entry.channels.contains { name in
                    held[name].map { $0.leaving == .no && $0.since[Int32(number)] <= entry.offset } ?? false
                }
                if isWanted { found.append("\(id) at \(number)/\(entry.offset) is missing") }
            }
        }
        return found.map { "client \(self.number): \($0)" }
    }

    /// It subscribed with a cursor.
    var isFilled = false
}
