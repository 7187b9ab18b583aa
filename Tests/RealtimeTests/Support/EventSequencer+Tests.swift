import Realtime

extension EventSequencer {
    mutating func take(_ record: FakeRecord) -> Outcome {
        record.borrow { take($0) }
    }
}
