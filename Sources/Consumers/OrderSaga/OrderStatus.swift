/// The states of an order (`domain.md` section 6). Raw values as in `orders.status`.
public enum OrderStatus: String, CaseIterable, Sendable {
    case pending = "PENDING"
    case confirmed = "CONFIRMED"
    case cancelled = "CANCELLED"
    case failed = "FAILED"
    case shipped = "SHIPPED"
    case delivered = "DELIVERED"

    /// Whether an order may go from this state to that one.
    public func canBecome(_ next: OrderStatus) -> Bool {
        switch (self, next) {
        case (.pending, .confirmed), (.pending, .cancelled), (.pending, .failed): true
        case (.confirmed, .cancelled), (.confirmed, .shipped): true
        case (.shipped, .delivered): true
        default: false
        }
    }
}
