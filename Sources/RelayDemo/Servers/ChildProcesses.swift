import Glibc

/// The processes that this one has started, as the kernel lists them.
enum ChildProcesses {
    /// Sends a signal to each of them.
    static func signal(_ number: Int32) {
        for thread in names(in: "/proc/self/task") {
            for child in words(ofFile: "/proc/self/task/\(thread)/children") {
                if let pid = Int32(child), pid > 1 { kill(pid, number) }
            }
        }
    }

    private static func names(in folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            names.append(withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
        }
        return names.filter { !$0.hasPrefix(".") }
    }

    private static func words(ofFile path: String) -> [Substring] {
        guard let file = fopen(path, "re") else { return [] }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes.prefix(count), as: UTF8.self).split(separator: " ")
    }
}
