internal import JSONReading

/// The named events of `GET /api/sse/subscribe/{userId}`. Pure.
public enum UserNotice: String, Sendable, CaseIterable {
    case couponIssued = "coupon-issued"
    case orderCompleted = "order-completed"
    case paymentCompleted = "payment-completed"
    case notification

    public init?(eventType: String) {
        switch eventType {
        case "COUPON_ISSUED": self = .couponIssued
        case "ORDER_COMPLETED": self = .orderCompleted
        case "PAYMENT_COMPLETED": self = .paymentCompleted
        case "NOTIFICATION": self = .notification
        default: return nil
        }
    }

    public var eventType: String {
        switch self {
        case .couponIssued: "COUPON_ISSUED"
        case .orderCompleted: "ORDER_COMPLETED"
        case .paymentCompleted: "PAYMENT_COMPLETED"
        case .notification: "NOTIFICATION"
        }
    }

    /// The types of all of them: what a client of that endpoint is subscribed to.
    static let eventTypes = EventTypes(allCases.map(\.eventType))

    /// `{id, name, message, timestamp}` from an envelope, which was read once before. The message is empty when the payload has none;
    /// the time is the payload's, or else when the event occurred.
    func data(envelope: UnsafeRawBufferPointer) -> [UInt8] {
        let root = try? JSONDocument(envelope).root
        let payload = root?.member("payload")
        var bytes = Array("{\"id\":".utf8)
        JSONText.append(root?.member("event_id")?.asString ?? "", to: &bytes)
        bytes.append(contentsOf: ",\"name\":\"\(rawValue)\",\"message\":".utf8)
        JSONText.append(payload?.member("message")?.asString ?? "", to: &bytes)
        bytes.append(contentsOf: ",\"timestamp\":".utf8)
        // A text or a number: as it is.
        let timestamp = payload?.member("timestamp") ?? root?.member("occurred_at")
        bytes.append(contentsOf: (timestamp?.text ?? "null").utf8)
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }
}
