/// Where a client stands in the topic: everything below these positions that concerns it, it has.
///
/// As text `1.<epoch>.<proof>.<partition>-<next offset>.<partition>-<next offset>...`, all numbers in base 36. It names every
/// partition, so any instance can go on from it, and one text serves all receivers of an event.
public struct Cursor: Sendable, Equatable {
    /// What shows that the positions are those of the topic as it is now: the event before one partition's position.
    public struct Proof: Sendable, Equatable {
        public let partition: Int32
        /// Of the last event below the partition's position.
        public let fingerprint: UInt32

        public init(partition: Int32, fingerprint: UInt32) {
            self.partition = partition
            self.fingerprint = fingerprint
        }
    }

    /// Of the cluster and the topic: ``Cursor/epoch(cluster:topic:)``.
    public let epoch: UInt32
    /// nil when no event had been seen.
    public let proof: Proof?
    public let positions: Positions

    public init(epoch: UInt32, proof: Proof?, positions: Positions) {
        self.epoch = epoch
        self.proof = proof
        self.positions = positions
    }

    public static func epoch(cluster: String, topic: String) -> UInt32 {
        Fingerprint.of(Array(cluster.utf8) + [0] + Array(topic.utf8))
    }

    // MARK: Text

    /// Longest text that is read, in bytes.
    static let maximumLength = 8_192
    private static let separator = UInt8(ascii: ".")

    public var text: String {
        var bytes: [UInt8] = [UInt8(ascii: "1"), Self.separator]
        bytes.reserveCapacity(24 + positions.entries.count * 14)
        Base36.append(UInt64(epoch), to: &bytes)
        bytes.append(Self.separator)
        if let proof {
            Self.append(proof.partition, UInt64(proof.fingerprint), to: &bytes)
        } else {
            bytes.append(UInt8(ascii: "0"))
        }
        for entry in positions.entries {
            bytes.append(Self.separator)
            Self.append(entry.partition, UInt64(bitPattern: entry.next), to: &bytes)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func append(_ partition: Int32, _ value: UInt64, to bytes: inout [UInt8]) {
        Base36.append(UInt64(UInt32(bitPattern: partition)), to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        Base36.append(value, to: &bytes)
    }

    /// Reads a text that may be anything. What was not written by ``text`` is refused.
    public init(_ text: some StringProtocol) throws(CursorError) {
        let bytes = Array(text.utf8.prefix(Self.maximumLength + 1))
        guard bytes.count <= Self.maximumLength else { throw .tooLong }
        let parts = bytes.split(separator: Self.separator, omittingEmptySubsequences: false)
        guard parts.count >= 3, let version = Base36.value(parts[0]) else { throw .malformed }
        guard version == 1 else { throw .unknownVersion }
        guard let epoch = Base36.value(parts[1]).flatMap({ UInt32(exactly: $0) }) else { throw .malformed }
        var proof: Proof?
        if !parts[2].elementsEqual([UInt8(ascii: "0")]) {
            guard let pair = Self.pair(parts[2]), let fingerprint = UInt32(exactly: pair.value) else { throw .malformed }
            proof = Proof(partition: pair.partition, fingerprint: fingerprint)
        }
        var entries: [(partition: Int32, next: Int64)] = []
        entries.reserveCapacity(parts.count - 3)
        for part in parts.dropFirst(3) {
            guard let pair = Self.pair(part), let next = Int64(exactly: pair.value), next > 0,
                (entries.last?.partition ?? -1) < pair.partition
            else { throw .malformed }
            entries.append((pair.partition, next))
        }
        if let proof {
            guard entries.contains(where: { $0.partition == proof.partition }) else { throw .malformed }
        }
        self.init(epoch: epoch, proof: proof, positions: Positions(ascending: entries))
    }

    private static func pair(_ part: ArraySlice<UInt8>) -> (partition: Int32, value: UInt64)? {
        guard let dash = part.firstIndex(of: UInt8(ascii: "-")),
            let partition = Base36.value(part[..<dash]).flatMap({ Int32(exactly: $0) }),
            let value = Base36.value(part[(dash + 1)...])
        else { return nil }
        return (partition, value)
    }
}
