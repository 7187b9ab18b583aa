public import CommandLineKit

/// A change that a command is about to make: looked at, allowed, and not yet done.
public struct PlannedChange {
    /// What came of it.
    public struct Result {
        /// For people; one line, or more without a newline at the end.
        public let text: String
        /// Members of `result` in the JSON document.
        public let members: [JSONValue.Member]
        /// Whether a part of it could not be done, as the text says; leads to exit code 1.
        public let isFailed: Bool

        public init(_ text: String, _ members: [JSONValue.Member] = [], isFailed: Bool = false) {
            self.text = text
            self.members = members
            self.isFailed = isFailed
        }
    }

    /// A constant word for programs: `slot.drop`.
    public let action: String
    /// What is changed: `slot outbox_relay`.
    public let object: String
    /// The change as a command to oneself: "Drop the slot outbox_relay".
    public let sentence: String
    /// Whether something is lost that cannot be had back: it is asked for, or needs `--yes`.
    public let destroys: Bool
    /// Consequences, each a sentence.
    public let notes: [String]
    /// The SQL, as far as it can be named beforehand.
    public let statements: [String]
    /// Does it.
    public let perform: () throws(OperationError) -> Result

    public init(
        action: String, object: String, sentence: String, destroys: Bool = false, notes: [String] = [], statements: [String] = [],
        perform: @escaping () throws(OperationError) -> Result
    ) {
        self.action = action
        self.object = object
        self.sentence = sentence
        self.destroys = destroys
        self.notes = notes
        self.statements = statements
        self.perform = perform
    }

    /// What `--dry-run` prints, and what is shown before the question.
    public var preview: String {
        "Would: \(sentence)\n" + statements.map { "  \($0)\n" }.joined() + notes.map { "  - \($0)\n" }.joined()
    }

    /// The document of `--json`: `action`, `object`, `dry_run`, `done`, `statements`, `notes`, `result`.
    public func json(_ result: Result?) -> JSONValue {
        [
            "action": JSONValue(action), "object": JSONValue(object), "dry_run": JSONValue(result == nil),
            "done": JSONValue(result != nil), "statements": .array(statements.map { JSONValue($0) }),
            "notes": .array(notes.map { JSONValue($0) }),
            "result": result.map { .object([.init("text", JSONValue($0.text))] + $0.members) } ?? .null,
        ]
    }
}
