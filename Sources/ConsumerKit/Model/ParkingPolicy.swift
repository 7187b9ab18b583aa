/// What happens to later events of a key after one of its events became a dead letter.
public enum ParkingPolicy: String, CaseIterable, Sendable {
    /// They are applied: for effects that do not depend on order.
    case ignore
    /// They wait in the database until the dead letter is retried or discarded, then they are applied in order.
    case wait
    /// They follow it to the dead-letter topic, in order.
    case follow
}
