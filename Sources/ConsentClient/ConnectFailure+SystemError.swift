import Glibc

extension ConnectFailure {
    /// Names the values of `errno` that a caller can do something about.
    init(systemError code: Int32?, description: String) {
        switch code {
        case ENOENT, ENOTDIR: self = .missing
        case EACCES, EPERM: self = .permissionDenied
        case ECONNREFUSED, ENOTSOCK: self = .refused
        case let code?: self = .other(unsafe String(cString: strerror(code)))
        case nil: self = .other(description)
        }
    }
}
