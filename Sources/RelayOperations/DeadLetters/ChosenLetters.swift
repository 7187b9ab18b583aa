/// What is said about the dead letters that a change was asked for. Pure.
package enum ChosenLetters {
    /// - Parameters:
    ///   - open: how many of them can be changed.
    ///   - retried, discarded: how many were dealt with before.
    ///   - verb: "retried".
    package static func notes(open: Int, retried: Int, discarded: Int, verb: String) -> [String] {
        var notes: [String] = []
        if open == 0 { notes.append("no open letter is among the chosen ones: none will be \(verb)") }
        if retried > 0 { notes.append("\(Quantity.count(retried)) of the chosen ones were retried before and are left out") }
        if discarded > 0 {
            notes.append("\(Quantity.count(discarded)) of the chosen ones were discarded before and are left out")
        }
        return notes
    }
}
