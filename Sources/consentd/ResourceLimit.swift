import Glibc

/// What the system lets this process have.
enum ResourceLimit {
    /// How many descriptors may be open at once.
    static var openDescriptors: Int {
        var limit = rlimit()
        // It cannot fail for this process and this resource; no bound is the kernel's own word for it.
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return .max }
        return Int(clamping: limit.rlim_cur)
    }
}
