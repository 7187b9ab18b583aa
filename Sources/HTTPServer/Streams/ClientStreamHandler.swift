/// Whoever a stream talks to. All calls come on the stream's loop, one at a time, and none from within a call to the stream.
public protocol ClientStreamHandler: AnyObject {
    /// The client sent something. The bytes are valid during this call only.
    func stream(_ stream: ClientStream, received bytes: UnsafeRawBufferPointer)
    /// The stream takes bytes again, after a `write` that did not take everything.
    func streamBecameWritable(_ stream: ClientStream)
    /// The stream is over: called exactly once, as the last call, also after `close` and `finish`.
    func streamEnded(_ stream: ClientStream, _ reason: StreamEnd)
}
