import ChildProcesses
import Glibc
import TestSupport
import Testing

/// The sockets that a daemon makes by itself.
@Suite(.timeLimit(.minutes(1)))
struct ListeningTests {
    @Test(arguments: ["000", "022", "077"])
    func socketsHaveTheirModeWhateverTheProcessMasks(_ mask: String) async throws {
        let directory = try DaemonProcess.makeDirectory()
        let daemon = try DaemonProcess.launch(
            in: directory,
            command: [
                "/bin/sh", "-c", "umask \(mask); exec \"$0\" \"$@\"", try Program.consentd.path, "--socket-directory",
                directory.path, "--state-directory", directory.file("state"),
            ]
        )
        try await daemon.served()
        for path in [daemon.publishPath, daemon.adminPath] { #expect(try TestFile.mode(of: path) == 0o660) }
        let status = String(decoding: try TextFile.read("/proc/\(daemon.process.processID)/status"), as: UTF8.self)
        #expect(status.contains("\nUmask:\t0\(mask)\n"), "the process keeps its own mask: \(status)")
        #expect(try TestFile.mode(of: directory.file("state/journal")) == 0o700)
        #expect(try await daemon.terminate() == .exited(0))
    }

    @Test func aLiveSocketOfAnyTypeIsNotReplacedAndADeadNodeIs() async throws {
        let directory = try DaemonProcess.makeDirectory()
        let path = directory.file("publish.sock")
        for type in [SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM] {
            let live = try BoundSocket(path: path, type: Int32(type.rawValue))
            let refused = try DaemonProcess.launch(in: directory)
            #expect(try await refused.ended() == .exited(75), "\(type)")
            #expect(refused.log.contains("\(path): another process serves this socket"), "\(refused.log)")
            // The node is still the live one's.
            #expect(try live.isReached())
            live.close()
            // Now nobody is behind the node, which stays there.
            #expect(try TestFile.names(in: directory.path).contains("publish.sock"))
            let daemon = try await DaemonProcess.start(in: directory)
            #expect(try await daemon.terminate() == .exited(0))
        }
    }
}

/// A socket of any type that is bound to a path, and listens where its type does.
private final class BoundSocket {
    private let path: String
    private let type: Int32
    private var descriptor: Int32

    init(path: String, type: Int32) throws {
        self.path = path
        self.type = type
        descriptor = socket(AF_UNIX, type | Int32(SOCK_CLOEXEC.rawValue), 0)
        _ = unsafe unlink(path)
        guard unsafe Self.with(path, { unsafe bind(descriptor, $0, $1) }) == 0 else {
            throw SystemFailure.last(during: "bind \(path)")
        }
        if type != Int32(SOCK_DGRAM.rawValue) { listen(descriptor, 8) }
    }

    deinit { close() }

    func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }

    /// Whether who connects to the path finds this socket's type.
    func isReached() throws -> Bool {
        let client = socket(AF_UNIX, type | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { Glibc.close(client) }
        return unsafe Self.with(path) { unsafe connect(client, $0, $1) } == 0
    }

    private static func with(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
