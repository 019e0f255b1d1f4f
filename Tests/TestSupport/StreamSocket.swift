package import ChildProcesses
import Glibc

/// A connected stream socket that sends and receives bytes as they are, and never blocks a thread.
package final class StreamSocket {
    private var descriptor: Int32

    /// Connects to a Unix socket.
    package init(path: String) throws(SystemFailure) {
        descriptor = try Self.make(AF_UNIX)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else {
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
        stopBlocking()
    }

    /// Connects to a TCP port of this machine.
    package init(loopbackPort port: Int) throws(SystemFailure) {
        descriptor = try Self.make(AF_INET)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr = in_addr(s_addr: UInt32(0x7f00_0001).bigEndian)
        let descriptor = descriptor
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw .last(during: "connect to port \(port)") }
        stopBlocking()
    }

    deinit {
        close()
    }

    /// Closes both directions at once.
    package func close() {
        guard descriptor >= 0 else { return }
        Glibc.close(descriptor)
        descriptor = -1
    }

    /// Says that nothing more will be sent.
    package func finishSending() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Sends all bytes.
    ///
    /// - Throws: `TimedOut` when the peer takes nothing for the time given; `SystemFailure` when it has closed.
    package func send(_ bytes: [UInt8], stallLimit: Duration = Patience.standard) async throws {
        var start = 0
        while start < bytes.count {
            let from = start
            start += try await Patience.value("the peer reads", within: stallLimit) { try sendSome(bytes, from: from) }
        }
    }

    /// Waits until the peer has taken from the kernel everything that was sent.
    ///
    /// What is sent after that cannot reach it in one read together with what was sent before.
    package func drained() async throws {
        try await Patience.until("the peer reads everything") {
            var count: Int32 = 0
            guard unsafe ioctl(descriptor, UInt(TIOCOUTQ), &count) == 0 else {
                throw SystemFailure.last(during: "ioctl")
            }
            return count == 0
        }
    }

    /// The bytes that arrived, at least one; nil at the end of the stream.
    ///
    /// A reset counts as the end: what the peer had sent before has been received by then.
    package func receive(within limit: Duration = Patience.standard) async throws -> [UInt8]? {
        let bytes = try await Patience.value("bytes from the peer", within: limit) { try receiveSome() }
        return bytes.isEmpty ? nil : bytes
    }

    /// The bytes that are there now: nil when there are none, empty at the end.
    private func receiveSome() throws(SystemFailure) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let descriptor = descriptor
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
        if count >= 0 { return Array(buffer.prefix(count)) }
        if errno == ECONNRESET { return [] }
        guard errno == EAGAIN || errno == EINTR else { throw .last(during: "receive") }
        return nil
    }

    /// The number of bytes that went now, nil when there is no room.
    private func sendSome(_ bytes: [UInt8], from start: Int) throws(SystemFailure) -> Int? {
        let descriptor = descriptor
        let count = unsafe bytes.withUnsafeBytes { buffer in
            let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[start...])
            return unsafe Glibc.send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
        }
        if count >= 0 { return count }
        guard errno == EAGAIN || errno == EINTR else { throw .last(during: "send") }
        return nil
    }

    private func stopBlocking() {
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    }

    private static func make(_ family: Int32) throws(SystemFailure) -> Int32 {
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .last(during: "make a socket") }
        return descriptor
    }
}
