import Glibc

/// Finds and reads the migrations' SQL files, wherever the program is installed.
public enum MigrationFiles {
    /// Where to look, the first folder that has migrations winning. A folder that was named is the only one.
    ///
    /// - Parameters:
    ///   - named: `--migrations`, or else the set's variable.
    ///   - binaryFolder: where the program lies: /usr/local/bin, or .build/release of a checkout.
    public static func folders(named: String?, binaryFolder: String?, of set: MigrationSet = .relay) -> [String] {
        if let named, !named.isEmpty { return [named] }
        var folders: [String] = []
        if let binaryFolder {
            folders.append(parent(binaryFolder) + "/share/" + set.installedFolder)
            // .build/release is two levels below the checkout, .build/x86_64-unknown-linux-gnu/release three.
            var folder = binaryFolder
            for _ in 0..<4 {
                folder = parent(folder)
                if folder.isEmpty { break }
                folders.append(folder + "/" + set.sourceFolder)
            }
        }
        folders.append("./" + set.sourceFolder)
        return folders
    }

    /// The folder of the running program; nil when the kernel does not tell.
    public static var binaryFolder: String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        guard count > 0, count < buffer.count else { return nil }
        return parent(String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self))
    }

    /// Reads all migrations of the first folder that has any. Throws a sentence that names every place that was looked at.
    public static func load(_ folders: [String], of set: MigrationSet = .relay) throws(OperationError) -> [Migration] {
        for folder in folders {
            guard let names = names(in: folder), names.contains(where: { $0.hasSuffix(".up.sql") }) else { continue }
            return try assemble(names, allowsGaps: set.allowsGaps) { name throws(OperationError) in
                try contents("\(folder)/\(name)")
            }
        }
        throw OperationError(
            "the migrations' SQL files were not found in \(folders.joined(separator: ", ")); "
                + "name their folder by --migrations or \(set.variable)")
    }

    /// Pairs the files up. Throws for a name that does not follow `NNN_name.up.sql`, for a number given twice, and for a gap
    /// where there may be none.
    package static func assemble(
        _ names: [String], allowsGaps: Bool = false, contents: (String) throws(OperationError) -> [UInt8]
    ) throws(OperationError) -> [Migration] {
        var migrations: [Migration] = []
        let present = Set(names)
        for file in names.sorted() where file.hasSuffix(".up.sql") {
            let stem = String(file.dropLast(".up.sql".utf8.count))
            let digits = stem.prefix { $0 >= "0" && $0 <= "9" }
            let name = stem.dropFirst(digits.count + 1)
            guard let version = Int(digits), version > 0, stem.dropFirst(digits.count).first == "_", !name.isEmpty else {
                throw OperationError("\(file) is no migration: its name has to be like 001_name.up.sql")
            }
            let down = stem + ".down.sql"
            migrations.append(
                Migration(
                    version: version, name: String(name), up: try contents(file),
                    down: present.contains(down) ? try contents(down) : nil))
        }
        migrations.sort { $0.version < $1.version }
        for (migration, next) in zip(migrations, migrations.dropFirst()) where migration.version == next.version {
            throw OperationError("the migrations \(migration.title) and \(next.title) have one number")
        }
        guard !allowsGaps else { return migrations }
        for (index, migration) in migrations.enumerated() where migration.version != index + 1 {
            throw OperationError(
                "the migrations are not numbered 1 to \(migrations.count): \(migration.title) is where \(index + 1) should be")
        }
        return migrations
    }

    private static func parent(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "" }
        return String(path[..<slash])
    }

    /// nil when there is no such folder.
    private static func names(in folder: String) -> [String]? {
        guard let stream = opendir(folder) else { return nil }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            names.append(
                withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
        }
        return names
    }

    private static func contents(_ path: String) throws(OperationError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw OperationError("\(path) cannot be read: \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw OperationError("\(path) cannot be read: \(String(cString: strerror(errno)))") }
            if count == 0 { break }
            bytes += chunk[..<count]
            guard bytes.count <= 1 << 20 else { throw OperationError("\(path) is larger than a migration can be") }
        }
        guard String(validating: bytes, as: UTF8.self) != nil, !bytes.contains(0) else {
            throw OperationError("\(path) is not UTF-8 text")
        }
        return bytes
    }
}
