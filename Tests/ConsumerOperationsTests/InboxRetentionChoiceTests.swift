import Configuration
import ConsumerOperations
import Kafka
import Testing

struct InboxRetentionChoiceTests {
    private static let day = 86_400_000

    private func topic(_ milliseconds: Int, _ policy: String = "delete") -> Kafka.KafkaProperties? {
        ["retention.ms": "\(milliseconds)", "cleanup.policy": policy]
    }

    @Test func `auto is a day longer than the longest topic`() {
        #expect(InboxRetentionChoice.days(.auto, topics: [topic(7 * Self.day), topic(30 * Self.day)]) == 31)
        #expect(InboxRetentionChoice.days(.auto, topics: [topic(7 * Self.day), topic(Self.day)]) == 8)
        #expect(InboxRetentionChoice.days(.auto, topics: [topic(7 * Self.day + 1)]) == 9)
    }

    @Test func `a topic that nobody tells about counts as one of 30 days`() {
        #expect(InboxRetentionChoice.days(.auto, topics: [topic(Self.day), nil]) == 31)
        #expect(InboxRetentionChoice.days(.auto, topics: [[:]]) == 31)
    }

    @Test func `a topic that keeps everything makes claims stay for ever`() {
        #expect(InboxRetentionChoice.days(.auto, topics: [topic(Self.day), topic(-1)]) == 0)
        #expect(InboxRetentionChoice.days(.auto, topics: [topic(Self.day, "compact")]) == 0)
        #expect(InboxRetentionChoice.days(.auto, topics: [topic(Self.day, "compact,delete")]) == 2)
        #expect(InboxRetentionChoice.days(.forever, topics: []) == 0)
    }

    @Test func `while no cluster can be asked nothing is forgotten`() {
        #expect(InboxRetentionChoice.days(.auto, topics: nil) == 0)
        #expect(InboxRetentionChoice.days(.forever, topics: nil) == 0)
        #expect(InboxRetentionChoice.days(.span(TimeSpan(milliseconds: 2 * 86_400_000)), topics: nil) == 2)
    }

    @Test func `what the settings name counts, in whole days`() {
        #expect(InboxRetentionChoice.days(.span(TimeSpan(milliseconds: 36 * 3_600_000)), topics: [topic(-1)]) == 2)
    }
}
