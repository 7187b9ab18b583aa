import Glibc

/// How many descriptors, and so connections, the process may have.
enum DescriptorLimit {
    /// Raises the limit as far as the process may without asking anybody.
    /// - Returns: the limit in force; nil when it is not known.
    static func raise() -> Int? {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0 else { return nil }
        if limit.rlim_cur < limit.rlim_max {
            limit.rlim_cur = limit.rlim_max
            _ = setrlimit(resource, &limit)
            guard getrlimit(resource, &limit) == 0 else { return nil }
        }
        return Int(clamping: limit.rlim_cur)
    }
}
