import ConsumerKit
import Kafka
import Testing

struct EventReadingTests {
    private func events(_ payloads: [String]) throws -> [ConsumedEvent] {
        try payloads.enumerated().map { number, payload in
            ConsumedEvent(
                id: "\(number)", occurredAt: 0, aggregateType: "T", aggregateID: "1", eventType: "E", version: 1,
                payload: try JSONDocument(Array(payload.utf8)).root, place: TopicPartition("t", 0), offset: Int64(number),
                key: nil,
                traceparent: nil)
        }
    }

    @Test func `an event that cannot be read is refused with the reason, and the others are read in their order`() throws {
        let events = try events([#"{"n":3}"#, "{}", #"{"n":"x"}"#, #"{"n":1}"#])
        let (values, refusals) = events.reading { event throws(PayloadError) in try event.payload.integer("n") }
        #expect(values == [3, 1])
        #expect(refusals.map(\.event.id) == ["1", "2"])
        #expect(refusals.map(\.reason) == ["n is missing", "n is not an integer"])
    }
}
