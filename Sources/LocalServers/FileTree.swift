import Glibc

/// The few file operations the servers need, with the path in every error.
enum FileTree {
    static func read(_ path: String) -> String? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk.prefix(count) }
        return String(decoding: bytes, as: UTF8.self)
    }

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

    /// The names in a folder, without "." and "..", sorted; empty when it cannot be read.
    static func names(in folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { field in
                String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Removes a file or a folder with all it holds, as far as it can; symbolic links are removed, not followed.
    static func remove(_ path: String) {
        var facts = stat()
        guard lstat(path, &facts) == 0 else { return }
        if facts.st_mode & S_IFMT == S_IFDIR {
            for name in names(in: path) { remove("\(path)/\(name)") }
            rmdir(path)
        } else {
            unlink(path)
        }
    }

    /// The last lines of a text file, empty when there is none.
    static func tail(_ path: String, lines: Int) -> String {
        (read(path) ?? "").split(separator: "\n").suffix(max(0, lines)).joined(separator: "\n")
    }

    private static func failure(_ call: String, _ path: String) -> LocalServerError {
        let code = errno
        return LocalServerError("\(call) \(path): \(String(cString: strerror(code)))")
    }
}
