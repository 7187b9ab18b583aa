/// What came of one HTTP request.
public enum PostOutcome: Sendable, Equatable {
    /// The server answered. `retryAfterMilliseconds` as its header asks, 0 without one.
    case answer(status: Int, retryAfterMilliseconds: Int64 = 0)
    /// No answer came: no connection, no trust in the server's certificate, or too slow. Why, in a sentence without the URL.
    case silence(String)

    /// An answer with the seconds of its header as they came, which may be any number: a day at most counts.
    public static func answer(status: Int, retryAfterSeconds seconds: Int64) -> PostOutcome {
        .answer(status: status, retryAfterMilliseconds: min(max(0, seconds), 86_400) * 1_000)
    }

    /// What is to follow.
    public enum Verdict: Sendable, Equatable {
        case delivered
        /// The server does not take this request, however often it comes.
        case refused
        /// Another attempt can do better.
        case again
        /// Neither: the server answers what one that works as agreed does not.
        case broken
    }

    public var verdict: Verdict {
        switch self {
        case .silence: .again
        case .answer(let status, _):
            switch status {
            case 200..<300: .delivered
            case 408, 425, 429, 500..<600: .again
            case 400..<500: .refused
            default: .broken
            }
        }
    }

    /// nil: none came.
    public var status: Int? {
        if case .answer(let status, _) = self { status } else { nil }
    }

    /// As a metric's label: the status, of which a server can make up no more than there are; `none` when no answer came.
    public var code: String {
        switch self {
        case .answer(let status, _): (100..<600).contains(status) ? String(status) : "other"
        case .silence: "none"
        }
    }

    /// Whether it may be this one request that the server cannot deal with, although it does not say so.
    public var canBeTheRequestsFault: Bool {
        switch self {
        case .answer(let status, _): (500..<600).contains(status)
        case .silence: true
        }
    }

    /// For logs and errors.
    public var sentence: String {
        switch self {
        case .answer(let status, _): "the API answered \(status)"
        case .silence(let reason): "the API did not answer (\(reason))"
        }
    }
}
