import Glibc

/// How many connections a process here can have.
enum DescriptorRoom {
    /// What a process needs beside its connections.
    private static let others = 200

    /// Raises this process's limit of descriptors as far as it may, as the server does, and returns how many connections it leaves.
    static func raise() -> Int {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0 else { return 0 }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(resource, &limit)
        guard getrlimit(resource, &limit) == 0 else { return 0 }
        return Int(clamping: limit.rlim_cur) - others
    }
}
