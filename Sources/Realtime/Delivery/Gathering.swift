/// What is collected for each client in one round over several events: kept from round to round, so that a round allocates nothing.
struct Gathering {
    /// Events in one round, and buffers in one call to the system.
    static let limit = 64

    struct Node {
        let event: Int32
        var next: Int32
    }

    var events: ContiguousArray<EventBytes> = []
    var nodes: ContiguousArray<Node> = []
    var touched: ContiguousArray<Unmanaged<HubClient>> = []
    var buffers: ContiguousArray<UnsafeRawBufferPointer> = []
    /// The sequence number of each of ``buffers``.
    var sequences: ContiguousArray<Int64> = []
}
