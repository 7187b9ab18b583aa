/// An event that goes to the dead-letter topic, and why.
///
/// The message names columns and what is wrong with them; of the row's values it holds none but a refused topic name.
public struct Rejection: Error, Equatable, Sendable {
    public let code: RejectionCode
    /// For people; one line.
    public let message: String

    public init(_ code: RejectionCode, _ message: String) {
        self.code = code
        self.message = message
    }
}
