/// `E`: the end of a block begun by `StreamStart`. It has no fields.
public struct StreamStop: Equatable, Sendable {}
