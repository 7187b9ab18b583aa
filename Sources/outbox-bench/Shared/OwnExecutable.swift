import Glibc

/// This process and where it comes from.
enum OwnExecutable {
    /// The program file, symbolic links resolved.
    static var path: String? {
        guard let resolved = realpath("/proc/self/exe", nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// The folder of the program file.
    static var folder: String? { path.flatMap { path in path.lastIndex(of: "/").map { String(path[..<$0]) } } }

    /// The command line, the program by its name alone.
    static var commandLine: String {
        let program = CommandLine.arguments.first.map { String($0.split(separator: "/").last ?? "") } ?? ""
        return ([program] + CommandLine.arguments.dropFirst()).joined(separator: " ")
    }

    static func environment(_ name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return String(cString: value)
    }

    /// The children end with us, by their parent-death signal; their folders go when the next one is made.
    static func exitAtOnce(_ code: Int32) -> Never { _exit(code) }
}
