/// A drain that goes on.
struct Draining {
    let plan: DrainPlan
    /// Those that are still to be closed; the last one is the next.
    var remaining: [HubClient]
    var closed = 0
}
