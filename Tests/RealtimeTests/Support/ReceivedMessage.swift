/// What a client reads out of its connection, as far as the tests ask for it.
struct ReceivedMessage: Equatable {
    /// `event`, `welcome`, `reset`, ...; `close`, `ping` for control frames.
    var type: String
    var cursor: String?
    var eventID: String?
    var id: String?
    /// The whole text, or the payload of a control frame.
    var text: String
    /// Of a close.
    var code: Int?
}
