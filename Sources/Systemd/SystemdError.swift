import Glibc

/// Why the service manager could not be understood or reached.
package enum SystemdError: Error, Equatable {
    /// A passed socket has a name that the program does not know.
    case unknownSocket(name: String)
    /// Two passed sockets have the same name.
    case duplicateSocket(name: String)
    /// A passed descriptor is not a listening Unix stream socket.
    case notAListeningStreamSocket(name: String)
    /// A name that is empty, starts with a dot or has a slash.
    case invalidCredentialName(String)
    case credentialMissing(name: String)
    case credentialTooLarge(name: String, limit: Int)
    /// A call failed with this errno.
    case io(errno: Int32, during: String)
}

extension SystemdError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unknownSocket(let name): "systemd passed a socket with the unknown name \(name)"
        case .duplicateSocket(let name): "systemd passed more than one socket with the name \(name)"
        case .notAListeningStreamSocket(let name): "the socket \(name) is not a listening Unix stream socket"
        case .invalidCredentialName(let name): "\(name) cannot be the name of a credential"
        case .credentialMissing(let name): "no credential with the name \(name) was passed"
        case .credentialTooLarge(let name, let limit): "the credential \(name) has more than \(limit) bytes"
        case .io(let errno, let operation): "\(operation): \(unsafe String(cString: strerror(errno)))"
        }
    }
}

/// Returns the result of an sd_ function, which is a negative errno on failure.
func checked(_ result: Int32, _ operation: String) throws(SystemdError) -> Int32 {
    guard result >= 0 else { throw .io(errno: -result, during: operation) }
    return result
}
