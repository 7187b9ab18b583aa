/// Tells when to look at each client again: one wheel for a loop instead of a timer for each connection. Moving a client costs the
/// same however many there are, and nothing is allocated per client but two numbers. Pure; times in milliseconds.
public struct PingWheel: Sendable {
    private static let none = UInt32.max

    private let slotMilliseconds: Int64
    /// The first client of each slot.
    private var heads: [UInt32]
    private var next: ContiguousArray<UInt32> = []
    private var previous: ContiguousArray<UInt32> = []
    /// The slot that each client is in.
    private var slots: ContiguousArray<UInt16> = []
    /// The last slot that was taken, counted from the beginning of time.
    private var turn: Int64

    private static let nowhere = UInt16.max

    /// A time further off than `slots * slotMilliseconds` comes early, at the end of the wheel.
    public init(slots: Int = 256, slotMilliseconds: Int64 = 250, now: Int64) {
        precondition(slots > 1 && slots < Int(Self.nowhere) && slotMilliseconds > 0)
        self.slotMilliseconds = slotMilliseconds
        heads = Array(repeating: Self.none, count: slots)
        turn = now / slotMilliseconds
    }

    /// Looks at client `number` at this time, and no more at the one set before.
    public mutating func schedule(_ number: UInt32, at time: Int64) {
        cancel(number)
        while slots.count <= Int(number) {
            slots.append(Self.nowhere)
            next.append(Self.none)
            previous.append(Self.none)
        }
        // Rounded up: never early within the wheel's span.
        let wanted = (time + slotMilliseconds - 1) / slotMilliseconds
        let slot = Int(min(max(wanted, turn + 1), turn + Int64(heads.count) - 1) % Int64(heads.count))
        let head = heads[slot]
        next[Int(number)] = head
        previous[Int(number)] = Self.none
        if head != Self.none { previous[Int(head)] = number }
        heads[slot] = number
        slots[Int(number)] = UInt16(slot)
    }

    /// Looks at client `number` at this time, unless it is to be looked at before.
    public mutating func advance(_ number: UInt32, to time: Int64) {
        let index = Int(number)
        if index < slots.count, slots[index] != Self.nowhere {
            let count = Int64(heads.count)
            // Turns from now until its slot is taken.
            let left = (Int64(slots[index]) - turn % count + count) % count
            if (time + slotMilliseconds - 1) / slotMilliseconds >= turn + left { return }
        }
        schedule(number, at: time)
    }

    public mutating func cancel(_ number: UInt32) {
        let index = Int(number)
        guard index < slots.count, slots[index] != Self.nowhere else { return }
        if previous[index] == Self.none {
            heads[Int(slots[index])] = next[index]
        } else {
            next[Int(previous[index])] = next[index]
        }
        if next[index] != Self.none { previous[Int(next[index])] = previous[index] }
        slots[index] = Self.nowhere
    }

    /// Adds whoever is due to `due` and forgets them.
    public mutating func takeDue(now: Int64, into due: inout [UInt32]) {
        let last = now / slotMilliseconds
        guard last > turn else { return }
        for turn in (max(turn, last - Int64(heads.count)) + 1)...last {
            let slot = Int(turn % Int64(heads.count))
            while heads[slot] != Self.none {
                due.append(heads[slot])
                cancel(heads[slot])
            }
        }
        turn = last
    }
}
