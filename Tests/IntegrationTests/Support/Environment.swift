import Glibc
import LocalServers

/// Our environment; an empty variable counts as none.
enum Environment {
    static subscript(name: String) -> String? { getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 } }
}

/// What `ps` shows of a process.
enum ProcessCommandLine {
    static func of(_ pid: Int32) -> String? {
        guard let file = fopen("/proc/\(pid)/cmdline", "re") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes.prefix(count).map { $0 == 0 ? 0x20 : $0 }, as: UTF8.self)
    }
}

/// A file with a secret in it, gone with this object.
final class SecretFile {
    let path: String
    private let folder: TemporaryFolder

    init(_ secret: String) throws {
        folder = try TemporaryFolder()
        path = "\(folder.path)/secret"
        guard let file = fopen(path, "we") else { throw LocalServerError("cannot write \(path)") }
        fputs(secret, file)
        fclose(file)
        chmod(path, 0o600)
    }
}
