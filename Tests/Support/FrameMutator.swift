import Drills

/// Spoils valid messages in the ways that a broken or hostile peer might.
public struct FrameMutator: Sendable {
    private var random: XorShift
    private let corpus: [[UInt8]]

    /// `corpus` must not be empty.
    public init(corpus: [[UInt8]], seed: UInt64) {
        precondition(!corpus.isEmpty)
        self.corpus = corpus
        random = XorShift(seed: seed)
    }

    /// A message of the corpus after one to four mutations.
    public mutating func next() -> [UInt8] {
        var frame = corpus[random.below(corpus.count)]
        for _ in 0...random.below(4) { mutate(&frame) }
        return frame
    }

    private mutating func mutate(_ frame: inout [UInt8]) {
        guard !frame.isEmpty else {
            frame.append(UInt8(truncatingIfNeeded: random.next()))
            return
        }
        let place = random.below(frame.count)
        switch random.below(8) {
        case 0: frame[place] ^= 1 << UInt8(random.below(8))
        case 1: frame[place] = UInt8(truncatingIfNeeded: random.next())
        case 2: frame.removeLast(frame.count - place)
        case 3: frame += (0...random.below(8)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        case 4: splice(&frame, at: place)
        case 5: writeLength(&frame, at: place)
        case 6: frame.removeSubrange(place..<min(frame.count, place + 1 + random.below(6)))
        default: frame[place] = Self.interesting[random.below(Self.interesting.count)]
        }
    }

    /// The beginning of one message and the end of another.
    private mutating func splice(_ frame: inout [UInt8], at place: Int) {
        let other = corpus[random.below(corpus.count)]
        frame.removeLast(frame.count - place)
        frame += other[random.below(other.count)...]
    }

    /// A length or a count at the limits of its type.
    private mutating func writeLength(_ frame: inout [UInt8], at place: Int) {
        let values: [UInt32] = [0, 1, 0xFFFF_FFFF, 0x7FFF_FFFF, 0x8000_0000, UInt32(frame.count), UInt32(frame.count - place)]
        let value = values[random.below(values.count)]
        let width = random.below(2) == 0 ? 2 : 4
        for index in 0..<min(width, frame.count - place) {
            frame[place + index] = UInt8(truncatingIfNeeded: value >> UInt32((width - 1 - index) * 8))
        }
    }

    private static let interesting: [UInt8] = Array("\0\"\\{}[],:-+.0Ntnbu9ETZ \u{7F}".utf8) + [0x80, 0xC3, 0xED, 0xF4, 0xFF]
}
