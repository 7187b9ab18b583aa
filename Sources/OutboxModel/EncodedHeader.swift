/// One Kafka header of the encoded event, as places in the encoder's bytes.
public struct EncodedHeader: Equatable, Sendable {
    /// The name; a NUL byte follows it in the encoder's bytes, and none is inside.
    public let name: Range<Int>
    /// `nil` for a header without value.
    public let value: Range<Int>?
}
