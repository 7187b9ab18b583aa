import Synchronization

/// The servers and folders of this process that have not been destroyed: what a program that is interrupted has to take with it.
public enum LivingServers {
    private struct Remedies {
        var servers: [@Sendable () -> Void] = []
        var folders: [@Sendable () -> Void] = []
    }

    private static let remedies = Mutex(Remedies())

    /// Kills every server that this process started and removes every folder that it made, while other threads may still use them. The
    /// process is to end right after. Callable from any thread.
    public static func destroyAll() {
        while true {
            let found = remedies.withLock { remedies in
                defer { remedies = Remedies() }
                return remedies.servers + remedies.folders
            }
            if found.isEmpty { return }
            for destroy in found { destroy() }
        }
    }

    /// Holds no reference to the server beyond what `destroy` captures.
    static func add(server destroy: @escaping @Sendable () -> Void) { remedies.withLock { $0.servers.append(destroy) } }

    static func add(folder remove: @escaping @Sendable () -> Void) { remedies.withLock { $0.folders.append(remove) } }
}
