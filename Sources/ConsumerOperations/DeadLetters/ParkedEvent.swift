import Kafka

/// An event that waits behind a dead letter of its key.
struct ParkedEvent {
    let record: Record
    let eventID: String?
}
