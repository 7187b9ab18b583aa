/// A rule of the kit that a run breaks on purpose, to see that the simulation notices.
enum BrokenRule: CaseIterable {
    case claimsNothing
    case claimsOutsideTheTransaction
    case marksTheEndOfTheBatch
    case commitsWhatWasRead
    case scattersKeys
    case finishesBeforeTheCommit
    case forgetsToLookAgain
}
