import ChildProcesses
import Glibc

/// Keeps a fixed number of requests in flight on every connection, all from one thread.
///
/// Everything that was answered in one read is replaced in one send, as a client with that pipeline depth would do.
struct LoadGenerator<Load: Workload>: ~Copyable {
    private(set) var workload: Load
    private let depth: Int
    private var sockets: [Int32]
    private var connections: [Connection]
    private var counts = LoadCounts()
    private var answers: [Answer] = []
    private var phase = Phase.warmUp

    init(workload: Load, path: String, connections count: Int, depth: Int) throws(SystemFailure) {
        self.workload = workload
        self.depth = depth
        connections = []
        sockets = []
        for _ in 0..<count {
            let connection = Connection(socket: try UnixSocket(connectedTo: path), depth: depth)
            connection.socket.stopBlocking()
            sockets.append(connection.socket.descriptor)
            connections.append(connection)
        }
    }

    /// Runs the load: a warm-up, the measured time, and then only answers until none is missing.
    ///
    /// - Parameter edge: called at the start and at the end of the measured time.
    mutating func run(warmUp: Duration, measured: Duration, edge: () -> Void) throws(SystemFailure) -> LoadCounts {
        let start = Monotonic.nanoseconds
        let measuredStart = start + warmUp.nanoseconds
        let measuredEnd = measuredStart + measured.nanoseconds
        let deadline = measuredEnd + Self.drainNanosecondsMax
        for index in connections.indices { try fill(index, slots: 0..<depth) }
        while phase != .drain || counts.inFlight > 0 {
            let now = Monotonic.nanoseconds
            if phase == .warmUp, now >= measuredStart {
                phase = .measured
                counts.measuredStart = now
                edge()
            }
            if phase == .measured, now >= measuredEnd {
                phase = .drain
                counts.measuredEnd = now
                edge()
            }
            guard now < deadline else { break }
            try turn()
        }
        return counts
    }

    /// Waits for sockets and serves those that are ready.
    private mutating func turn() throws(SystemFailure) {
        var polled = sockets.indices.map { index in
            let wanted = connections[index].isSending ? POLLIN | POLLOUT : POLLIN
            return pollfd(fd: sockets[index], events: Int16(wanted), revents: 0)
        }
        let ready = unsafe poll(&polled, nfds_t(polled.count), 100)
        guard ready >= 0 || errno == EINTR else { throw .last(during: "poll") }
        guard ready > 0 else { return }
        for index in polled.indices where polled[index].revents != 0 {
            if polled[index].revents & Int16(POLLOUT) != 0 { try connections[index].flush() }
            if polled[index].revents & Int16(POLLIN | POLLHUP | POLLERR) != 0 { try receive(index) }
        }
    }

    private mutating func receive(_ index: Int) throws(SystemFailure) {
        guard try connections[index].receive() else { return }
        answers.removeAll(keepingCapacity: true)
        let connection = connections[index]
        let input = connection.input
        let received = input.span.extracting(..<connection.inputCount)
        let consumed = workload.readAnswers(connection: index, in: received, into: &answers)
        let now = Monotonic.nanoseconds
        for answer in answers {
            counts.inFlight -= 1
            guard answer.isSuccess else {
                counts.fail(connection.input[answer.range])
                continue
            }
            counts.acknowledged += 1
            guard phase == .measured else { continue }
            counts.acknowledgedMeasured += 1
            counts.latencies.record(nanoseconds: now - connection.sentAt[answer.slot])
        }
        connection.consume(consumed)
        if phase != .drain { try fill(index, slots: answers.lazy.map(\.slot)) }
    }

    private mutating func fill(_ index: Int, slots: some Sequence<Int>) throws(SystemFailure) {
        let connection = connections[index]
        let now = Monotonic.nanoseconds
        for slot in slots {
            workload.appendRequest(connection: index, slot: slot, to: &connection.output)
            connection.sentAt[slot] = now
            counts.inFlight += 1
        }
        try connection.flush()
    }

    private static var drainNanosecondsMax: UInt64 { 30_000_000_000 }

    private enum Phase {
        case warmUp
        case measured
        case drain
    }
}

/// What a load came to.
struct LoadCounts {
    var acknowledged = 0
    var acknowledgedMeasured = 0
    var failed = 0
    var firstFailure: String?
    var inFlight = 0
    var measuredStart: UInt64 = 0
    var measuredEnd: UInt64 = 0
    var latencies = Histogram()

    /// Acknowledged requests in each second of the measured time.
    var perSecond: Double {
        Double(acknowledgedMeasured) / (Double(measuredEnd - measuredStart) / 1_000_000_000)
    }

    mutating func fail(_ answer: ArraySlice<UInt8>) {
        failed += 1
        if firstFailure == nil { firstFailure = String(decoding: answer.prefix(500), as: UTF8.self) }
    }
}

extension Duration {
    /// Whole nanoseconds.
    fileprivate var nanoseconds: UInt64 {
        UInt64(components.seconds) * 1_000_000_000 + UInt64(components.attoseconds / 1_000_000_000)
    }
}
