/// The keys that are in force, and how one is found for a token.
struct KeySet: Sendable {
    /// The keys to try for a token.
    enum Choice: Sendable {
        case keys([VerificationKey])
        /// No key has that id, or there is none for this algorithm.
        case unknown
        /// The key with that id is of another kind than the token's algorithm needs.
        case unfit
    }

    let keys: [VerificationKey]
    /// Entries of the file that cannot verify signatures: encryption keys, kinds that cjose does not know, mistakes.
    var skipped = 0
    /// Whether the file held the private half of a key, which has no business there.
    var holdsPrivateKeys = false

    /// With an id: the keys that have it, or, when none has, those without any. Without: every key that fits, up to `limit`.
    func choice(_ header: TokenHeader, limit: Int) -> Choice {
        guard let id = header.keyID else {
            return fitting(keys, header.algorithm, limit: limit).map { .keys($0) } ?? .unknown
        }
        let named = keys.filter { $0.id == id }
        guard !named.isEmpty else {
            return fitting(keys.filter { $0.id == nil }, header.algorithm, limit: limit).map { .keys($0) } ?? .unknown
        }
        return fitting(named, header.algorithm, limit: limit).map { .keys($0) } ?? .unfit
    }

    private func fitting(_ keys: [VerificationKey], _ algorithm: SigningAlgorithm, limit: Int) -> [VerificationKey]? {
        let found = Array(keys.lazy.filter { $0.fits(algorithm) }.prefix(limit))
        return found.isEmpty ? nil : found
    }
}
