/// The letters that a change is about, found by one look at the topic.
struct DeadLetterChoice {
    /// A letter by its place and time; what it holds is read again when it is needed, so that many cost little memory.
    struct Place: Sendable {
        let key: DeadLetterStates.Key
    }

    /// Refused beyond: a change of more is better made in steps.
    private static let maximum = 1_000_000

    private(set) var open: [Place] = []
    private(set) var retried = 0
    private(set) var discarded = 0

    static func make(
        _ box: DeadLetterBox, _ selection: DeadLetterSelection, progress: (String) -> Void
    ) throws(OperationError) -> DeadLetterChoice {
        var choice = DeadLetterChoice()
        var named: [DeadLetter] = []
        _ = try box.scan(selection, keepsPayload: false, progress: progress) { entry throws(OperationError) in
            if selection.namesLetters { named.append(entry.letter) }
            switch entry.state {
            case .open: choice.open.append(Place(key: DeadLetterStates.Key(entry.letter)))
            case .retried: choice.retried += 1
            case .discarded: choice.discarded += 1
            }
            guard choice.open.count <= maximum else {
                throw OperationError("more than \(Quantity.count(maximum)) letters: choose fewer by --since, --until or --reason")
            }
        }
        if selection.namesLetters { try box.requireFound(selection, named) }
        return choice
    }

    func notes(for verb: String) -> [String] {
        ChosenLetters.notes(open: open.count, retried: retried, discarded: discarded, verb: verb)
    }
}
