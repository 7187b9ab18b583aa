import Consumers
import Testing

struct CleanupScheduleTests {
    private static let minute: Int64 = 60_000

    @Test func `it begins at once, by one at a time, and then waits an hour`() {
        var schedule = CleanupSchedule()
        let first = [0, 120].map { schedule.begin(now: $0 * Self.minute) }
        #expect(first == [true, false])
        schedule.finish(removed: CleanupSchedule.rows - 1, now: 0)
        let next = [59, 60].map { schedule.begin(now: $0 * Self.minute) }
        #expect(next == [false, true])
    }

    @Test func `a full step goes on with the next batch`() {
        var schedule = CleanupSchedule()
        for now in Int64(0)..<5 {
            let begins = schedule.begin(now: now)
            #expect(begins)
            schedule.finish(removed: CleanupSchedule.rows, now: now)
        }
    }

    @Test func `a failed step comes again after a minute`() {
        var schedule = CleanupSchedule()
        let first = schedule.begin(now: 0)
        schedule.finish(removed: nil, now: 0)
        let next = [Self.minute - 1, Self.minute].map { schedule.begin(now: $0) }
        #expect(first && next == [false, true])
    }
}
