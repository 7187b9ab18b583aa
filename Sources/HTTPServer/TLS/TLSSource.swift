import Synchronization
import Telemetry

/// The certificate that new connections get, and how it is exchanged while the server runs. Callable from every thread.
final class TLSSource: Sendable {
    private struct State {
        var context: TLSContext
        /// As of the last attempt to read the files, successful or not: a bad certificate is reported once.
        var signatures: [FileSignature?]
        /// Whether the files of the last attempt are the ones in use.
        var isCurrent = true
    }

    private let files: TLSFiles
    private let state: Mutex<State>

    init(_ files: TLSFiles) throws(TLSError) {
        self.files = files
        // Before reading: what is written meanwhile is read again at the next look.
        let signatures = Self.signatures(of: files)
        state = Mutex(State(context: try TLSContext(files), signatures: signatures))
    }

    /// How often to call `reloadIfChanged`.
    var checkMilliseconds: Int {
        files.checkMilliseconds
    }

    var expiresAt: Int64? {
        state.withLock { $0.context }.expiresAt
    }

    /// False when the files were exchanged for some that are of no use.
    var isCurrent: Bool {
        state.withLock { $0.isCurrent }
    }

    func makeConnection() -> OpaquePointer? {
        state.withLock { $0.context }.makeConnection()
    }

    /// Reads the files. Open connections go on with what they have; when the files are of no use, so do new ones.
    func reload() throws(TLSError) {
        let signatures = Self.signatures(of: files)
        state.withLock {
            $0.signatures = signatures
            $0.isCurrent = false
        }
        let context = try TLSContext(files)
        state.withLock {
            $0.context = context
            $0.isCurrent = true
        }
    }

    /// Reads the files when they are others than at the last attempt, and logs what came of it.
    func reloadIfChanged(_ logger: Logger) {
        let signatures = Self.signatures(of: files)
        guard state.withLock({ $0.signatures != signatures }) else { return }
        do {
            try reload()
            logger.info("TLS certificate read again", [.path: .string(files.certificate)])
        } catch {
            logger.error(
                "new TLS certificate not usable, the old one stays",
                [.path: .string(files.certificate), .error: .describing(error)])
        }
    }

    private static func signatures(of files: TLSFiles) -> [FileSignature?] {
        [FileSignature(path: files.certificate), FileSignature(path: files.key)]
    }
}
