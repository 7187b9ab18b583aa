import Glibc

/// The few file operations the servers need, with the path in every error.
enum FileTree {
    /// Replaces the file's content. `owner`: the user who is to own it, where that is not us.
    static func write(_ text: String, to path: String, mode: mode_t = 0o644, owner: String? = nil) throws(LocalServerError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw failure("open", path) }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else { throw failure("write", path) }
        guard fchmod(descriptor, mode) == 0 else { throw failure("chmod", path) }
        if let owner { try give(path, to: owner) }
    }

    static func makeFolder(_ path: String, mode: mode_t = 0o755, owner: String? = nil) throws(LocalServerError) {
        guard mkdir(path, mode) == 0 else { throw failure("mkdir", path) }
        if let owner { try give(path, to: owner) }
    }

    static func give(_ path: String, to user: String) throws(LocalServerError) {
        guard let entry = getpwnam(user) else { throw LocalServerError("there is no user \(user) on this machine") }
        guard chown(path, entry.pointee.pw_uid, entry.pointee.pw_gid) == 0 else { throw failure("chown", path) }
    }

    /// Removes a file or a folder with all it holds, as far as it can; symbolic links are removed, not followed.
    static func remove(_ path: String) {
        var facts = stat()
        guard lstat(path, &facts) == 0 else { return }
        if facts.st_mode & S_IFMT == S_IFDIR {
            for name in TextFile.names(in: path) { remove("\(path)/\(name)") }
            rmdir(path)
        } else {
            unlink(path)
        }
    }

    private static func failure(_ call: String, _ path: String) -> LocalServerError {
        let code = errno
        return LocalServerError("\(call) \(path): \(String(cString: strerror(code)))")
    }
}
