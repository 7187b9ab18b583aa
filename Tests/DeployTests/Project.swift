import Foundation

/// The files of this project, and programs that look at them.
enum Project {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appendingPathComponent(path).path)
    }

    /// Paths below a folder, relative to the project, with an ending.
    static func files(_ folder: String, ending: String) -> [String] {
        let all = FileManager.default.enumerator(atPath: root.appendingPathComponent(folder).path)
        return (all?.compactMap { $0 as? String } ?? []).filter { $0.hasSuffix(ending) }.map { "\(folder)/\($0)" }.sorted()
    }

    /// `outbox-relay` beside the test bundle; nil when it was not built.
    static var relay: String? { built("outbox-relay") }

    /// A program of ours beside the test bundle; nil when it was not built.
    static func built(_ name: String) -> String? {
        let folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        let beside = folder.appendingPathComponent(name).path
        let built = ProcessInfo.processInfo.environment["OUTBOX_BIN_DIR"].map { "\($0)/\(name)" }
        return [built, beside].compactMap { $0 }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// The path of an installed program; nil when it is not there.
    static func program(_ name: String) -> String? {
        ["/usr/bin", "/bin", "/usr/sbin"].map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Whether a test may be skipped for a missing program: never with CI=true.
    static func canRun(_ names: String...) -> Bool {
        ProcessInfo.processInfo.environment["CI"] == "true" || names.allSatisfy { program($0) != nil }
    }

    /// Runs a program; returns its exit code and everything it printed.
    static func run(_ program: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }
}

extension String {
    /// What the first group that took part in each match holds.
    func matches(_ pattern: String) -> [String] {
        guard let expression = try? NSRegularExpression(pattern: pattern, options: .anchorsMatchLines) else { return [] }
        return expression.matches(in: self, range: NSRange(startIndex..., in: self)).compactMap { match in
            (1..<match.numberOfRanges).lazy.compactMap { Range(match.range(at: $0), in: self) }.first.map { String(self[$0]) }
        }
    }

    /// The text between two markers, nil when one of them is missing.
    func between(_ start: String, _ end: String) -> String? {
        guard let from = range(of: start)?.upperBound, let to = range(of: end, range: from..<endIndex)?.lowerBound
        else { return nil }
        return String(self[from..<to])
    }
}
