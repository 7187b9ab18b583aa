/// What must not be left out; each is left out once, to see that the simulation notices.
enum BrokenRule: CaseIterable {
    case registersAfterReplay
    case checksNoProof
    case knowsNoAhead
}
