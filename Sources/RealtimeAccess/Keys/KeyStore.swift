internal import Glibc
internal import ServiceRuntime
internal import Synchronization
public import Telemetry

/// The keys in force. A file's keys are replaced as a whole when the file changed; a file that has become bad leaves the old ones.
///
/// Usable by any number of threads: whoever finds the file due reads it, and the others go on with the keys that they have.
public final class KeyStore: Sendable {
    private struct State: Sendable {
        var keys: KeySet
        var reload: KeyReload
        /// Whether the keys are those of the file as it was found last.
        var isCurrent = true
    }

    private let path: String?
    private let logger: Logger
    private let clock: @Sendable () -> Int64
    private let state: Mutex<State>
    /// Held by the one thread that reads the file.
    private let reading = Mutex(())

    /// Reads the keys. Throws what is wrong with them, in words without key material.
    ///
    /// - Parameters:
    ///   - logger: takes what happens to the key file later.
    ///   - clock: nanoseconds that only go up, for the pace of looking at the file. nil: the process's monotonic clock.
    public init(_ source: KeySource, logger: Logger, clock: (@Sendable () -> Int64)? = nil) throws(KeyProblem) {
        let clock = clock ?? { MonotonicTime.now() }
        self.clock = clock
        self.logger = logger
        switch source {
        case .file(let path):
            self.path = path
            let file = try KeyFile(path: path)
            let keys = try JWKReader.keySet(file.bytes)
            state = Mutex(State(keys: keys, reload: KeyReload(loaded: file.stamp, at: clock(), wallClock: Self.wallClock())))
            report(keys)
        case .secret(let bytes):
            path = nil
            try Self.check(secret: bytes)
            let key = VerificationKey(material: try .secret(bytes), id: nil, algorithm: nil)
            state = Mutex(State(keys: KeySet(keys: [key]), reload: KeyReload(loaded: nil, at: 0, wallClock: 0)))
        }
    }

    /// Whether the keys are from a file, which may change.
    public var readsFile: Bool { path != nil }

    /// How many keys are in force.
    public var count: Int { state.withLock { $0.keys.keys.count } }

    /// Whether the file, looked at when that is due, is gone or of no use, so that the keys before it stay.
    public var isOutdated: Bool {
        _ = current()
        return state.withLock { !$0.isCurrent }
    }

    /// The keys, after a look at the file when one is due.
    func current() -> KeySet {
        let (keys, looks) = state.withLock { state in
            (state.keys, path != nil && state.reload.looks(at: clock(), hurried: false))
        }
        guard looks else { return keys }
        return reading.withLockIfAvailable { _ in look() } ?? keys
    }

    /// The keys after a look at the file because a token named one that is not there; nil when it was looked at just now.
    func afterUnknownKey() -> KeySet? {
        guard path != nil else { return nil }
        // Another thread may be reading the very key: then its result is waited for.
        return reading.withLock { _ in
            state.withLock { $0.reload.looks(at: clock(), hurried: true) } ? look() : state.withLock { $0.keys }
        }
    }

    // MARK: Reading

    private func look() -> KeySet {
        guard let path else { return state.withLock { $0.keys } }
        let stamp = FileStamp.of(path)
        guard stamp != nil else {
            let wasCurrent = state.withLock { state in
                // Whatever takes its place is read.
                state.reload.remember(nil, wallClock: 0)
                defer { state.isCurrent = false }
                return state.isCurrent
            }
            if wasCurrent { logger.error("the key file is gone, its keys stay until the end", [.path: .string(path)]) }
            return state.withLock { $0.keys }
        }
        guard state.withLock({ $0.reload.reads(stamp) }) else { return state.withLock { $0.keys } }
        do throws(KeyProblem) {
            let file = try KeyFile(path: path)
            state.withLock { $0.reload.remember(file.stamp, wallClock: Self.wallClock()) }
            let keys = try JWKReader.keySet(file.bytes)
            state.withLock {
                $0.keys = keys
                $0.isCurrent = true
            }
            report(keys)
            return keys
        } catch {
            // Once for each state of the file.
            state.withLock {
                $0.reload.remember(stamp, wallClock: Self.wallClock())
                $0.isCurrent = false
            }
            logger.error(
                "the changed key file is not used, the keys before it stay", [.path: .string(path), .reason: .describing(error)])
            return state.withLock { $0.keys }
        }
    }

    private func report(_ keys: KeySet) {
        let fields: LogFields = [.path: .string(path ?? ""), .count: .int(keys.keys.count)]
        logger.info("token keys read", fields)
        if keys.skipped > 0 {
            logger.warning(
                "keys that cannot verify tokens were left out", [.path: .string(path ?? ""), .count: .int(keys.skipped)])
        }
        if keys.holdsPrivateKeys {
            logger.warning("the key file holds private keys, which only the issuer should have", [.path: .string(path ?? "")])
        }
    }

    /// A public key that was taken for a secret would let everybody sign.
    private static func check(secret: [UInt8]) throws(KeyProblem) {
        let least = SigningAlgorithm.hs256.hashBytes
        guard secret.count >= least else { throw KeyProblem("the secret has fewer than \(least) bytes") }
        let start = secret.drop { $0 <= 0x20 }
        if start.starts(with: Array("-----BEGIN".utf8)) || start.starts(with: Array("ssh-".utf8))
            || start.first == UInt8(ascii: "{")
        {
            throw KeyProblem("the secret is a key file: public keys belong into a JWKS file")
        }
    }

    private static func wallClock() -> Int64 { MonotonicTime.wallClockMicroseconds() * 1_000 }
}
