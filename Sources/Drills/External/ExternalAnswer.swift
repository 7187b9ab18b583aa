/// How a scripted API treats one request.
public enum ExternalAnswer: Sendable, Equatable {
    /// This status, with a Retry-After header when seconds are given.
    case status(Int, retryAfterSeconds: Int? = nil)
    /// The same after some time.
    case slow(Int, milliseconds: Int64)
    /// Takes the request and never answers it.
    case silence
    /// Takes the request, keeps what it says, and ends the connection without an answer.
    case hangUp
}
