import Glibc
import Synchronization

/// A scripted HTTP/1.1 server on a free loopback port, one thread and no hidden retries.
///
/// It answers each complete request with what the script returns for it, and remembers what it got.
final class LoopbackServer: Sendable {
    let port: UInt16
    private let listener: Int32
    private let stopPipe: (reading: Int32, writing: Int32)
    private let script: @Sendable (Received) -> Reply
    private let state = Mutex(State())

    init(script: @escaping @Sendable (Received) -> Reply) throws {
        let bound = try LoopbackPort(listening: true)
        listener = bound.descriptor
        port = bound.port
        stopPipe = try streamPair()
        self.script = script
        let context = unsafe Unmanaged.passRetained(self).toOpaque()
        var thread = pthread_t()
        let code = unsafe pthread_create(
            &thread,
            nil,
            { context in
                guard let context = unsafe context else { return nil }
                unsafe Unmanaged<LoopbackServer>.fromOpaque(context).takeRetainedValue().run()
                return nil
            },
            context
        )
        guard code == 0 else { throw SystemFailure(call: "pthread_create", errno: code) }
        state.withLock { $0.thread = thread }
    }

    var url: String { "http://127.0.0.1:\(port)" }

    var received: [Received] { state.withLock { $0.received } }

    var connectionCount: Int { state.withLock { $0.connectionCount } }

    /// Waits until this many requests have come in.
    func waitForRequests(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isReached = state.withLock { state in
                if state.received.count < count {
                    state.waiters.append((count, continuation))
                }
                return state.received.count >= count
            }
            if isReached {
                continuation.resume()
            }
        }
    }

    /// Closes everything and waits for the thread.
    func stop() {
        guard let thread = state.withLock({ $0.thread.take() }) else { return }
        close(stopPipe.writing)
        pthread_join(thread, nil)
        close(stopPipe.reading)
        close(listener)
    }

    // MARK: On the thread

    private func run() {
        var connections: [Int32: Connection] = [:]
        while true {
            let watched = [stopPipe.reading, listener] + connections.keys
            var polled = watched.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            unsafe poll(&polled, nfds_t(polled.count), -1)
            for entry in polled where entry.revents != 0 {
                if entry.fd == stopPipe.reading {
                    for descriptor in connections.keys {
                        close(descriptor)
                    }
                    return
                } else if entry.fd == listener {
                    let descriptor = accept(listener, nil, nil)
                    let number = state.withLock { state in
                        state.connectionCount += 1
                        return state.connectionCount
                    }
                    connections[descriptor] = Connection(number: number)
                } else if !serve(entry.fd, &connections) {
                    connections[entry.fd] = nil
                    close(entry.fd)
                }
            }
        }
    }

    /// Reads what is there and answers whole requests; false when the connection is over.
    private func serve(_ descriptor: Int32, _ connections: inout [Int32: Connection]) -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe recv(descriptor, &chunk, chunk.count, 0)
        guard count > 0, var connection = connections[descriptor] else { return false }
        connection.buffer += chunk[..<count]
        while let request = connection.nextRequest() {
            let reply = script(request)
            let reached = state.withLock { $0.record(request) }
            for waiter in reached {
                waiter.resume()
            }
            guard perform(reply, on: descriptor) else { return false }
        }
        connections[descriptor] = connection
        return true
    }

    private func perform(_ reply: Reply, on descriptor: Int32) -> Bool {
        switch reply {
        case .answer(let status, let headers, let body):
            let lines = headers.map { "\($0.0): \($0.1)\r\n" }.joined()
            let head = "HTTP/1.1 \(status) Scripted\r\nContent-Length: \(body.count)\r\n\(lines)\r\n"
            send(Array(head.utf8) + body, on: descriptor)
            return true
        case .raw(let bytes, let end):
            send(bytes, on: descriptor)
            if end == .reset {
                var option = linger(l_onoff: 1, l_linger: 0)
                unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
            }
            return end == .keep
        case .silence:
            return true
        }
    }

    private func send(_ bytes: [UInt8], on descriptor: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { buffer in
                unsafe Glibc.send(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    // MARK: Types

    enum Reply: Sendable {
        case answer(status: Int, headers: [(String, String)] = [], body: [UInt8] = [])
        case raw([UInt8], End)
        case silence
    }

    enum End: Sendable {
        case keep
        case close
        case reset
    }

    struct Received: Sendable {
        let method: String
        let path: String
        /// By lower-case name.
        let headers: [String: String]
        let body: [UInt8]
        let connection: Int
    }

    private struct State {
        var thread: pthread_t?
        var received: [Received] = []
        var connectionCount = 0
        var waiters: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []

        mutating func record(_ request: Received) -> [CheckedContinuation<Void, Never>] {
            received.append(request)
            let reached = waiters.filter { $0.count <= received.count }.map(\.continuation)
            waiters.removeAll { $0.count <= received.count }
            return reached
        }
    }

    private struct Connection {
        let number: Int
        var buffer: [UInt8] = []

        mutating func nextRequest() -> Received? {
            guard let end = buffer.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
            let lines = String(decoding: buffer[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
            let parts = lines[0].split(separator: " ")
            var headers: [String: String] = [:]
            for line in lines.dropFirst() {
                let name = line.prefix { $0 != ":" }
                headers[name.lowercased()] = String(line.dropFirst(name.count + 1).drop { $0 == " " })
            }
            let length = headers["content-length"].flatMap { Int($0) } ?? 0
            guard buffer.count - end.upperBound >= length else { return nil }
            let body = Array(buffer[end.upperBound..<(end.upperBound + length)])
            buffer.removeFirst(end.upperBound + length)
            return Received(
                method: String(parts[0]),
                path: String(parts[1]),
                headers: headers,
                body: body,
                connection: number
            )
        }
    }
}

/// A free port of 127.0.0.1, bound and perhaps listening.
struct LoopbackPort {
    let descriptor: Int32
    let port: UInt16

    init(listening: Bool) throws {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        let created = socket(AF_INET, type, 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe (bind(created, generic, length) == 0 && getsockname(created, generic, &length) == 0)
            }
        }
        guard created >= 0, bound, !listening || listen(created, 128) == 0 else {
            throw SystemFailure(call: "bind", errno: errno)
        }
        descriptor = created
        port = UInt16(bigEndian: address.sin_port)
    }
}

/// Returns two connected stream sockets that no child process inherits.
func streamPair() throws -> (reading: Int32, writing: Int32) {
    var ends: [Int32] = [-1, -1]
    let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    guard unsafe socketpair(AF_UNIX, type, 0, &ends) == 0 else {
        throw SystemFailure(call: "socketpair", errno: errno)
    }
    return (ends[0], ends[1])
}

struct SystemFailure: Error {
    let call: String
    let errno: Int32
}
