/// A key that tokens are checked with, and what its owner restricted it to.
struct VerificationKey: Sendable {
    let material: JoseKey
    /// `kid`
    let id: String?
    /// `alg`; nil: every algorithm that its kind allows.
    let algorithm: SigningAlgorithm?

    var kind: KeyKind { material.kind }

    func fits(_ wanted: SigningAlgorithm) -> Bool {
        kind.fits(wanted) && (algorithm == nil || algorithm == wanted)
    }
}
