public import ConsumerKit

/// The saga's steps for a batch, in the order of the events, each on what the one before it left. Pure: the same requests and state give
/// the same plan, and one batch the same end as a batch for each request.
///
/// A request is either done whole or refused with a reason, with nothing done for it.
public struct SagaPlan: Sendable {
    /// How an order moves.
    public struct OrderChange: Sendable {
        public var status: OrderStatus
        /// Transitions: as many as its version grows by.
        public var steps: Int64
    }

    /// A row of `point_history`.
    public struct PointMovement: Sendable {
        public let user: Int64
        public let order: Int64
        public let eventID: String
        public let before: Int64
        /// Negative when points are used, positive when they are given back.
        public let delta: Int64
    }

    /// What a reservation becomes; raw values as in `stock_reservations.status`.
    public enum Reservation: String, Sendable {
        case confirmed = "CONFIRMED"
        case released = "RELEASED"
    }

    public private(set) var orders: [Int64: OrderChange] = [:]
    /// By order: of all its products.
    public private(set) var reservations: [Int64: Reservation] = [:]
    public private(set) var pointMovements: [PointMovement] = []
    /// What each order's delivery becomes; it is made when there is none.
    public private(set) var deliveries: [Int64: SagaState.Delivery] = [:]
    public private(set) var messages: [OutboxMessage] = []
    public private(set) var refusals: [RejectedEvent] = []
    private var state: SagaState

    public init(_ requests: [SagaRequest], state: SagaState) {
        self.state = state
        for request in requests {
            if let reason = perform(request) { refusals.append(RejectedEvent(event: request.event, reason: reason)) }
        }
    }

    /// What remains of the points of users whose points moved.
    public var balances: [Int64: Int64] {
        var balances: [Int64: Int64] = [:]
        for movement in pointMovements { balances[movement.user] = state.balances[movement.user] }
        return balances
    }

    // MARK: Steps

    /// Returns why nothing was done; nil when it was done.
    private mutating func perform(_ request: SagaRequest) -> String? {
        guard let order = state.orders[request.order] else { return "there is no such order" }
        if let user = request.user, user != order.user { return "the order is another user's" }
        switch request.step {
        case .confirm(let points): return confirm(request, order, points: points)
        case .fail: return fail(request, order)
        case .cancel: return cancel(request, order)
        }
    }

    private mutating func confirm(_ request: SagaRequest, _ order: SagaState.Order, points: Int64) -> String? {
        if let refusal = Self.refusal(order.status, .confirmed) { return refusal }
        guard !state.released.contains(request.order) else { return "the order's stock reservation has been released" }
        guard points == 0 || state.balances[order.user, default: 0] >= points else { return "the user has not enough points" }
        move(request.order, to: .confirmed)
        reservations[request.order] = .confirmed
        if points > 0 {
            movePoints(request, of: order.user, by: -points)
            state.usedPoints[request.order] = points
        }
        setDelivery(of: request.order, to: .preparing)
        let facts = SagaMessages(request: request, order: order)
        messages.append(facts.orderPaid(items: state.items[request.order] ?? []))
        messages.append(facts.statusChanged(to: .confirmed))
        messages.append(facts.orderCompleted())
        return nil
    }

    private mutating func fail(_ request: SagaRequest, _ order: SagaState.Order) -> String? {
        if let refusal = Self.refusal(order.status, .failed) { return refusal }
        move(request.order, to: .failed)
        release(request.order)
        messages.append(SagaMessages(request: request, order: order).statusChanged(to: .failed))
        return nil
    }

    /// Whoever wrote the event has usually moved the order itself: then only what was done for it remains to be undone.
    private mutating func cancel(_ request: SagaRequest, _ order: SagaState.Order) -> String? {
        if order.status != .cancelled, let refusal = Self.refusal(order.status, .cancelled) { return refusal }
        let delivery = state.deliveries[request.order]
        guard delivery != .shipped, delivery != .delivered else { return "the order's delivery is on its way" }
        let points = state.usedPoints[request.order] ?? 0
        guard points == 0 || state.balances[order.user] != nil else { return "the user has no account for the points" }
        if order.status != .cancelled { move(request.order, to: .cancelled) }
        release(request.order)
        if points > 0 {
            movePoints(request, of: order.user, by: points)
            state.usedPoints[request.order] = nil
        }
        if delivery != nil { setDelivery(of: request.order, to: .cancelled) }
        messages.append(SagaMessages(request: request, order: order).statusChanged(to: .cancelled))
        return nil
    }

    // MARK: Parts of steps

    private static func refusal(_ status: OrderStatus, _ next: OrderStatus) -> String? {
        status.canBecome(next) ? nil : "an order that is \(status.rawValue) cannot become \(next.rawValue)"
    }

    private mutating func move(_ order: Int64, to status: OrderStatus) {
        state.orders[order]?.status = status
        orders[order] = OrderChange(status: status, steps: (orders[order]?.steps ?? 0) + 1)
    }

    private mutating func release(_ order: Int64) {
        reservations[order] = .released
        state.released.insert(order)
    }

    private mutating func movePoints(_ request: SagaRequest, of user: Int64, by delta: Int64) {
        let before = state.balances[user] ?? 0
        pointMovements.append(
            PointMovement(user: user, order: request.order, eventID: request.event.id, before: before, delta: delta))
        state.balances[user] = before + delta
    }

    private mutating func setDelivery(of order: Int64, to status: SagaState.Delivery) {
        state.deliveries[order] = status
        deliveries[order] = status
    }
}
