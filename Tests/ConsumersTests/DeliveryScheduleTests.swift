import ConsumerKit
import Consumers
import Testing

struct `Delivery schedule` {
    private let ok = PostOutcome.answer(status: 200)

    private func schedule(_ orders: [Int64], parallel: Int = 8, attempts: Int = 3, deadline: Int64 = 10_000) -> DeliverySchedule {
        DeliverySchedule(orders: orders, parallel: parallel, attempts: attempts, deadline: deadline)
    }

    @Test func `requests of one order go one after the other, others beside it`() {
        var schedule = schedule([1, 2, 1, 3, 2])
        #expect(schedule.begin(now: 0) == [0, 1, 3])
        #expect(schedule.begin(now: 0).isEmpty)
        schedule.finish(1, ok, now: 1, random: 0)
        #expect(schedule.begin(now: 1) == [4])
        schedule.finish(0, ok, now: 1, random: 0)
        #expect(schedule.begin(now: 1) == [2])
        for index in [2, 3, 4] { schedule.finish(index, ok, now: 2, random: 0) }
        #expect(schedule.isOver)
        #expect(schedule.abandonment == nil)
        #expect(schedule.results.allSatisfy { $0.attempts == 1 && $0.outcome == ok })
    }

    @Test func `no more at the same time than allowed`() {
        var schedule = schedule([1, 2, 3], parallel: 2)
        #expect(schedule.begin(now: 0) == [0, 1])
        schedule.finish(0, ok, now: 0, random: 0)
        #expect(schedule.begin(now: 0) == [2])
    }

    @Test(arguments: [
        PostOutcome.answer(status: 500), .answer(status: 599), .answer(status: 408), .answer(status: 425), .answer(status: 429),
        .silence("refused"),
    ])
    func `what may pass is tried again later, and its order waits`(outcome: PostOutcome) throws {
        var schedule = schedule([1, 1])
        #expect(schedule.begin(now: 0) == [0])
        schedule.finish(0, outcome, now: 0, random: 0.5)
        let next = try #require(schedule.nextTime)
        #expect((100...200).contains(next))
        #expect(schedule.begin(now: next - 1).isEmpty)
        #expect(!schedule.isOver)
        #expect(schedule.begin(now: next) == [0])
        schedule.finish(0, ok, now: next, random: 0)
        #expect(schedule.begin(now: next) == [1])
    }

    @Test func `a pause that the server asks for is kept`() {
        var schedule = schedule([1])
        _ = schedule.begin(now: 0)
        schedule.finish(0, .answer(status: 429, retryAfterMilliseconds: 2_000), now: 10, random: 0)
        #expect(schedule.nextTime == 2_010)
    }

    @Test(arguments: [Int64.max, .max / 1_000, 86_401, -1, .min])
    func `no pause that a server asks for is too long or too short to be counted`(seconds: Int64) {
        let outcome = PostOutcome.answer(status: 503, retryAfterSeconds: seconds)
        #expect(outcome == .answer(status: 503, retryAfterMilliseconds: seconds > 0 ? 86_400_000 : 0))
        for outcome in [outcome, .answer(status: 503, retryAfterMilliseconds: .max)] {
            var schedule = schedule([1], attempts: 1)
            _ = schedule.begin(now: 10)
            schedule.finish(0, outcome, now: 10, random: 0)
            #expect(schedule.isOver)
            var patient = DeliverySchedule(orders: [1], parallel: 1, attempts: 3, deadline: .max)
            _ = patient.begin(now: 10)
            patient.finish(0, outcome, now: 10, random: 0)
            #expect(patient.isOver == (outcome == .answer(status: 503, retryAfterMilliseconds: .max)))
        }
    }

    @Test func `a pause beyond the batch's time gives up and says for how long`() {
        var schedule = schedule([1, 2], parallel: 1)
        _ = schedule.begin(now: 0)
        schedule.finish(0, .answer(status: 503, retryAfterMilliseconds: 60_000), now: 10, random: 0)
        #expect(schedule.isOver)
        #expect(schedule.abandonment?.retryAfterMilliseconds == 60_000)
        #expect(schedule.abandonment?.reason == "the API answered 503")
        #expect(schedule.begin(now: 10).isEmpty)
    }

    @Test func `after the last attempt nothing is begun and what is out is waited for`() {
        var schedule = schedule([1, 2, 3], parallel: 2, attempts: 1)
        #expect(schedule.begin(now: 0) == [0, 1])
        schedule.finish(0, .answer(status: 500), now: 0, random: 0)
        #expect(schedule.abandonment?.reason == "the API answered 500, 1 times")
        #expect(schedule.abandonment?.index == 0)
        #expect(!schedule.isOver)
        #expect(schedule.begin(now: 0).isEmpty)
        schedule.finish(1, ok, now: 0, random: 0)
        #expect(schedule.isOver)
        #expect(schedule.results.map(\.attempts) == [1, 1, 0])
    }

    @Test(arguments: [400, 401, 404, 409, 422])
    func `a refusal holds the later ones of its order back and nobody else`(status: Int) {
        var schedule = schedule([1, 2, 1, 1])
        _ = schedule.begin(now: 0)
        schedule.finish(0, .answer(status: status), now: 0, random: 0)
        schedule.finish(1, ok, now: 0, random: 0)
        #expect(schedule.isOver)
        #expect(schedule.held == [2, 3])
        #expect(schedule.abandonment == nil)
        #expect(schedule.results[0].outcome?.verdict == .refused)
    }

    @Test(arguments: [100, 204, 301, 302])
    func `an answer that is neither yes nor no is nobody's refusal`(status: Int) {
        var schedule = schedule([1])
        _ = schedule.begin(now: 0)
        schedule.finish(0, .answer(status: status), now: 0, random: 0)
        #expect((schedule.abandonment == nil) == (status == 204))
        #expect(schedule.isOver)
    }

    @Test func `a batch that takes too long stops with what it has`() {
        var schedule = schedule([1, 2], parallel: 1, deadline: 100)
        _ = schedule.begin(now: 0)
        schedule.finish(0, ok, now: 100, random: 0)
        #expect(schedule.begin(now: 100).isEmpty)
        #expect(schedule.isOver)
        #expect(schedule.abandonment != nil && schedule.abandonment?.index == nil)
    }
}

struct `Status delivery` {
    @Test func `key and body are the same for the same order and state`() throws {
        let payload = #"{"order_id": 5, "user_id": 2, "status": "CONFIRMED", "total_amount": 10}"#
        let first = try StatusDelivery(Events.event(1, "ORDER_STATUS_CHANGED", payload))
        let second = try StatusDelivery(Events.event(2, "ORDER_STATUS_CHANGED", payload))
        #expect(first.idempotencyKey == "5-CONFIRMED")
        #expect(first.idempotencyKey == second.idempotencyKey)
        #expect(first.body == #"{"order_id":5,"user_id":2,"status":"CONFIRMED","total_amount":10}"#)
        #expect(first.body == second.body)
    }

    @Test(arguments: [#"A\r\nX-Evil: 1"#, "", "A B", "Ä"])
    func `a status that would not be a header's word is refused`(status: String) throws {
        let event = try Events.event(1, "ORDER_STATUS_CHANGED", #"{"order_id": 5, "status": "\#(status)"}"#)
        #expect(throws: PayloadError.self) { try StatusDelivery(event) }
    }
}

struct `Data platform settings` {
    @Test(arguments: ["ftp://host", "host", "", "http://host/a b", "https://host\r\n"])
    func `a URL that cannot be meant is refused`(url: String) {
        #expect(throws: EndpointError.self) { try DataPlatformSettings(url: url) }
    }
}
