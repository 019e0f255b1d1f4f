import Glibc
import Testing

@testable import Systemd

@Suite(.timeLimit(.minutes(1)))
struct SocketActivationTests {
    @Test func passedSocketsAreFoundByName() throws {
        let publish = try unixSocket()
        let admin = try unixSocket()
        defer {
            close(publish)
            close(admin)
        }
        let sockets = try SocketActivation.named(
            [("admin", admin), ("publish", publish)],
            expected: ["publish", "admin"]
        )
        #expect(sockets == ["publish": publish, "admin": admin])
        #expect(fcntl(publish, F_GETFD) & FD_CLOEXEC != 0)
    }

    @Test func passedDescriptorsAreNamedByTheEnvironmentWhichIsThenCleared() async {
        await #expect(processExitsWith: .success) {
            // The protocol fixes the number 3; what is there belongs to the test runner and is no listening socket.
            if fcntl(3, F_GETFD) < 0 {
                _ = unsafe open("/dev/null", O_RDONLY)
            }
            unsafe setenv("LISTEN_PID", "\(getpid())", 1)
            unsafe setenv("LISTEN_FDS", "1", 1)
            unsafe setenv("LISTEN_FDNAMES", "publish", 1)
            #expect(throws: SystemdError.notAListeningStreamSocket(name: "publish")) {
                try SocketActivation.take(expected: ["publish"])
            }
            try #expect(SocketActivation.take(expected: []).isEmpty)
        }
    }

    @Test func nothingPassedIsNoError() async {
        await #expect(processExitsWith: .success) {
            unsafe unsetenv("LISTEN_FDS")
            try #expect(SocketActivation.take(expected: ["publish"]).isEmpty)
        }
    }

    @Test func unknownNameIsRefused() throws {
        let socket = try unixSocket()
        defer { close(socket) }
        #expect(throws: SystemdError.unknownSocket(name: "other")) {
            try SocketActivation.named([("other", socket)], expected: ["publish"])
        }
    }

    @Test func sameNameTwiceIsRefused() throws {
        let socket = try unixSocket()
        defer { close(socket) }
        #expect(throws: SystemdError.duplicateSocket(name: "publish")) {
            let passed = [("publish", socket), ("publish", socket)]
            return try SocketActivation.named(passed, expected: ["publish"])
        }
    }

    enum Unsuitable: CaseIterable {
        case notListening
        case datagram
        case internet
        case notASocket

        func open() throws -> Int32 {
            switch self {
            case .notListening: try unixSocket(isListening: false)
            case .datagram: Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
            case .internet: Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            case .notASocket: unsafe Glibc.open("/dev/null", O_RDONLY)
            }
        }
    }

    @Test(arguments: Unsuitable.allCases)
    func unsuitableDescriptorIsRefused(kind: Unsuitable) throws {
        let descriptor = try kind.open()
        defer { close(descriptor) }
        #expect(throws: SystemdError.notAListeningStreamSocket(name: "publish")) {
            try SocketActivation.named([("publish", descriptor)], expected: ["publish"])
        }
    }
}

/// Returns a Unix stream socket with an abstract name chosen by the kernel.
private func unixSocket(isListening: Bool = true) throws -> Int32 {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let isBound = unsafe withUnsafePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
            unsafe bind(descriptor, generic, socklen_t(MemoryLayout<sa_family_t>.size)) == 0
        }
    }
    try #require(isBound)
    try #require(!isListening || listen(descriptor, 8) == 0)
    return descriptor
}
