/// One broker of the cluster, as it announces itself.
public struct BrokerAddress: Hashable, Sendable {
    public let nodeID: Int32
    public let host: String
    public let port: Int
}
