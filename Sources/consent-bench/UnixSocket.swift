import ChildProcesses
import Glibc

/// A stream socket connected to a path; closed when the value ends.
struct UnixSocket: ~Copyable {
    let descriptor: Int32

    init(connectedTo path: String) throws(SystemFailure) {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .last(during: "make a socket") }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let capacity = MemoryLayout.size(ofValue: address.sun_path)
        guard path.utf8.count < capacity else {
            throw SystemFailure(code: ENAMETOOLONG, during: "connect to \(path)")
        }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        let descriptor = descriptor
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { throw .last(during: "connect to \(path)") }
    }

    deinit {
        close(descriptor)
    }

    /// Makes reads and writes return at once.
    func stopBlocking() {
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    }

    /// Sends what fits.
    ///
    /// - Returns: the bytes sent, 0 when nothing fits now.
    func send(_ bytes: borrowing [UInt8], from start: Int) throws(SystemFailure) -> Int {
        let descriptor = descriptor
        let count = unsafe bytes.withUnsafeBytes { buffer in
            let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[start...])
            return unsafe Glibc.send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
        }
        if count >= 0 { return count }
        guard errno == EAGAIN || errno == EINTR else { throw .last(during: "send") }
        return 0
    }

    /// Receives what is there into the free end of a buffer.
    ///
    /// - Returns: the bytes received, nil when there is nothing now.
    func receive(into buffer: inout [UInt8], from start: Int) throws(SystemFailure) -> Int? {
        let descriptor = descriptor
        let count = unsafe buffer.withUnsafeMutableBytes { bytes in
            let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[start...])
            return unsafe recv(descriptor, rest.baseAddress, rest.count, 0)
        }
        if count > 0 { return count }
        if count == 0 { throw SystemFailure(code: ECONNRESET, during: "receive: the server closed the connection") }
        guard errno == EAGAIN || errno == EINTR else { throw .last(during: "receive") }
        return nil
    }
}
