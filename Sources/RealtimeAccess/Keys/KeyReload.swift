/// Decides when the key file is looked at and when it is read. A value without clock or file: times are nanoseconds of any one clock.
struct KeyReload: Sendable {
    /// Between two looks.
    static let interval: Int64 = 1_000_000_000
    /// Between two looks because of keys that nobody knows, which any client can make up.
    static let hurriedInterval: Int64 = 100_000_000
    /// A file that was written less than this before it was read could have been written again without another time stamp.
    static let settling: Int64 = 2_000_000_000

    private var lastLook: Int64
    private var known: FileStamp?
    private var readEarly = false

    init(loaded stamp: FileStamp?, at now: Int64, wallClock: Int64) {
        lastLook = now
        remember(stamp, wallClock: wallClock)
    }

    /// Whether the file is to be looked at now; then it counts as looked at.
    mutating func looks(at now: Int64, hurried: Bool) -> Bool {
        guard now - lastLook >= (hurried ? Self.hurriedInterval : Self.interval) else { return false }
        lastLook = now
        return true
    }

    /// Whether a file with this stamp has to be read. A file that is gone is not: the keys stay.
    func reads(_ stamp: FileStamp?) -> Bool {
        guard let stamp else { return false }
        return stamp != known || readEarly
    }

    /// The file with this stamp was read, well or badly, at this moment (nanoseconds since 1970).
    mutating func remember(_ stamp: FileStamp?, wallClock: Int64) {
        known = stamp
        readEarly = stamp.map { (wallClock &- $0.modified).magnitude < Self.settling } ?? false
    }
}
