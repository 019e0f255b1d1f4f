import CSystemd
import Glibc

/// The secrets that `LoadCredential=` passed to this process, as files of one directory.
package struct Credentials: Sendable {
    /// The directory that holds one file per credential.
    package let directory: String

    /// Creates access to the credentials in a directory.
    package init(directory: String) {
        self.directory = directory
    }

    /// Returns access to what the service manager passed, or nil when it passed nothing.
    package static func passed() -> Credentials? {
        guard let value = unsafe getenv("CREDENTIALS_DIRECTORY") else { return nil }
        let directory = unsafe String(cString: value)
        return directory.isEmpty ? nil : Credentials(directory: directory)
    }

    /// Returns the path of a credential, whether or not it exists.
    package func path(of name: String) throws(SystemdError) -> String {
        guard !name.isEmpty, !name.hasPrefix("."), !name.utf8.contains(UInt8(ascii: "/")), !name.utf8.contains(0) else {
            throw .invalidCredentialName(name)
        }
        return directory + "/" + name
    }

    /// Returns the bytes of a credential, exactly as stored.
    ///
    /// - Throws: `SystemdError.credentialMissing` when there is none with this name, `credentialTooLarge` when it has
    ///   more than `bytesMax` bytes.
    package func read(_ name: String, bytesMax: Int = 64 << 10) throws(SystemdError) -> [UInt8] {
        let descriptor = unsafe open(try path(of: name), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            let code = errno
            throw code == ENOENT ? .credentialMissing(name: name) : .io(errno: code, during: "open credential \(name)")
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { buffer in
                unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            }
            if count == 0 {
                return bytes
            }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw .io(errno: errno, during: "read credential \(name)")
            }
            guard bytes.count + count <= bytesMax else { throw .credentialTooLarge(name: name, limit: bytesMax) }
            bytes.append(contentsOf: chunk[..<count])
        }
    }
}
