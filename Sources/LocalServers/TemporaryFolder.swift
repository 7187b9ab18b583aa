import Glibc
import Synchronization

/// A folder of our own under TMPDIR (or /tmp), that every user may traverse, removed with this object.
///
/// A process that is killed cannot remove its folders. Each is therefore marked by a file that its process keeps locked; whoever
/// makes the next folder removes those whose lock has been let go.
public final class TemporaryFolder: Sendable {
    /// Absolute, without a slash at the end, and short enough for Unix sockets in it.
    public let path: String
    private let lock: Int32
    private let isRemoved = Mutex(false)
    private static let prefix = "outbox-relay."
    private static let lockName = ".lock"

    /// Throws a `LocalServerError` when the folder cannot be made.
    public init() throws(LocalServerError) {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        Self.removeAbandoned(in: parent)
        var template = Array("\(parent)/\(Self.prefix)XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw LocalServerError("mkdtemp in \(parent): \(String(cString: strerror(errno)))")
        }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        chmod(path, 0o755)
        // Locked before it gets the name that others look for, so that nobody takes a folder in the making for an abandoned one.
        let lock = open("\(path)/.new", O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0, rename("\(path)/.new", "\(path)/\(Self.lockName)") == 0 else {
            if lock >= 0 { close(lock) }
            FileTree.remove(path)
            throw LocalServerError("cannot lock a file in \(path)")
        }
        self.path = path
        self.lock = lock
        LivingServers.add(folder: { [weak self] in self?.remove() })
    }

    deinit {
        remove()
        close(lock)
    }

    /// Removes the folder and all in it now. Callable any number of times.
    public func remove() {
        let path = path
        isRemoved.withLock {
            if !$0 { FileTree.remove(path) }
            $0 = true
        }
    }

    private static func removeAbandoned(in parent: String) {
        for name in TextFile.names(in: parent) where name.hasPrefix(prefix) {
            let folder = "\(parent)/\(name)"
            let lock = open("\(folder)/\(lockName)", O_RDWR | O_CLOEXEC | O_NOFOLLOW)
            guard lock >= 0 else { continue }
            if flock(lock, LOCK_EX | LOCK_NB) == 0 { FileTree.remove(folder) }
            close(lock)
        }
    }
}
