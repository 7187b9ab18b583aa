/// What a stream's route makes of a request.
public enum StreamAnswer {
    /// An ordinary answer, such as a refusal; the connection stays an HTTP one.
    case respond(HTTPResponse)
    /// The head is written, and the connection becomes a stream. `open` runs once, on the loop's thread, after the head and
    /// before anything is read; it may write. The handler that it makes is kept until its `streamEnded` was called.
    case accept(head: ResponseHead, open: (ClientStream) -> any ClientStreamHandler)
}
