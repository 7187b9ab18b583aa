import Drills
import Glibc
import TestSupport

/// The seed of the random moments: OUTBOX_TEST_SEED repeats a run, otherwise each run is a new one. Always printed.
enum DrillSeed {
    static let value: UInt64 = {
        let given = getenv("OUTBOX_TEST_SEED").flatMap { UInt64(String(cString: $0)) }
        let seed = given ?? UInt64.random(in: 1...999_999_999)
        DrillReport.line("all", "OUTBOX_TEST_SEED=\(seed)")
        return seed
    }()

    static func random(_ drill: UInt64) -> XorShift { XorShift(seed: value &* 31 &+ drill) }
}
