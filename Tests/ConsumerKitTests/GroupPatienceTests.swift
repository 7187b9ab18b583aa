import ConsumerKit
import Testing

struct GroupPatienceTests {
    enum Event: Sendable {
        case assigned
        case waits
        case unreachable
        case asked(Bool)
    }

    @Test(
        arguments: [
            ("a new member waits", [(0, .asked(false)), (99, .asked(false)), (100, .asked(true))]),
            ("whoever has its partitions has them for ever", [(99, .assigned), (10_000, .asked(false))]),
            (
                "it counts from the last return of partitions",
                [(50, .assigned), (500, .waits), (599, .asked(false)), (600, .asked(true))]
            ),
            (
                "time without brokers does not count",
                [(90, .unreachable), (150, .asked(false)), (189, .asked(false)), (190, .asked(true))]
            ),
            (
                "a new beginning has its own time",
                [(100, .asked(true)), (100, .waits), (199, .asked(false)), (200, .asked(true))]
            ),
        ] as [(String, [(Int64, Event)])])
    func `a member is patient, but not for ever`(what: String, events: [(Int64, Event)]) {
        var patience = GroupPatience(limit: 100, now: 0)
        for (now, event) in events {
            switch event {
            case .assigned: patience.assigned()
            case .waits: patience.waits(now: now)
            case .unreachable:
                let isOver = patience.isOver(now: now, isReachable: false)
                #expect(!isOver, "\(what)")
            case .asked(let expected):
                let isOver = patience.isOver(now: now, isReachable: true)
                #expect(isOver == expected, "\(what) at \(now)")
            }
        }
    }

    @Test func `without a limit it waits for ever`() {
        var patience = GroupPatience(limit: 0, now: 0)
        let isOver = patience.isOver(now: .max, isReachable: true)
        #expect(!isOver)
    }
}
