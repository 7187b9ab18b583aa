internal import Glibc

/// Asks before something is destroyed.
public struct Confirmation {
    /// Nobody is there to answer.
    public struct NeedsYes: Error, CustomStringConvertible {
        /// The question that could not be asked.
        public let question: String
        public var description: String { "\(question) Not on a terminal: repeat the command with --yes to do it." }
    }

    private let isInteractive: Bool
    private let readAnswer: () -> String?
    private let write: (String) -> Void

    /// A confirmation on any input and output.
    public init(isInteractive: Bool, readAnswer: @escaping () -> String?, write: @escaping (String) -> Void) {
        self.isInteractive = isInteractive
        self.readAnswer = readAnswer
        self.write = write
    }

    /// Asks on the terminal that standard input and standard error are.
    /// - Parameters:
    ///   - question: a whole question, "Drop the slot outbox_relay?".
    ///   - assumeYes: the `--yes` flag: answers without asking.
    /// - Returns: whether to go on; everything but y or yes is a no.
    /// - Throws: `NeedsYes` when there is no terminal and no `--yes`.
    public static func ask(_ question: String, assumeYes: Bool) throws(NeedsYes) -> Bool {
        let confirmation = Confirmation(
            isInteractive: Terminal.isInteractive(STDIN_FILENO) && Terminal.isInteractive(STDERR_FILENO),
            readAnswer: { readLine() }, write: Terminal.printError)
        return try confirmation.ask(question, assumeYes: assumeYes)
    }

    /// The same on this value's input and output.
    public func ask(_ question: String, assumeYes: Bool) throws(NeedsYes) -> Bool {
        if assumeYes { return true }
        guard isInteractive else { throw NeedsYes(question: question) }
        write("\(question) [y/N] ")
        let answer = (readAnswer() ?? "").lowercased().filter { !$0.isWhitespace }
        return answer == "y" || answer == "yes"
    }
}
