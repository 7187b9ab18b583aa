/// How the data platform's API is reached.
///
/// Not printable as a whole: the URL may hold a secret.
public struct DataPlatformSettings: Sendable {
    let url: String
    /// Milliseconds.
    public var connectTimeoutMilliseconds = 3_000
    /// Milliseconds from the beginning of a request to the end of its answer.
    public var totalTimeoutMilliseconds = 10_000
    /// Attempts at a request before the API counts as down.
    public var attempts = 3
    /// Attempts, counted over all batches, after which an event that alone fails while the API takes others is a dead letter.
    package var attemptsBeforeDeadLetter = 20
    /// Requests at the same time, in one batch.
    public var parallel = 8
    /// Milliseconds after which a batch begins nothing more: what it has delivered is kept, the rest comes with the next.
    public static let batchMilliseconds: Int64 = 20_000
    /// The same, for tests that do not want to wait for it.
    package var batchMilliseconds = Self.batchMilliseconds
    /// A file of certificates to trust instead of the system's.
    public var certificateAuthorityPath: String?

    /// Throws what is wrong with the URL, without quoting it.
    public init(url: String) throws(EndpointError) {
        let lower = url.lowercased()
        guard lower.hasPrefix("http://") || lower.hasPrefix("https://") else {
            throw EndpointError("the data platform's URL begins with http:// or https://")
        }
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else {
            throw EndpointError("the data platform's URL holds a blank or a control character")
        }
        self.url = url
    }
}
