import ChildProcesses

/// One connection of the load with what has not been sent or read yet.
final class Connection {
    let socket: UnixSocket
    var input = [UInt8](repeating: 0, count: 256 << 10)
    private(set) var inputCount = 0
    var output: [UInt8] = []
    private var outputStart = 0
    /// When the request in each slot was sent.
    var sentAt: [UInt64]

    init(socket: consuming UnixSocket, depth: Int) {
        self.socket = socket
        sentAt = Array(repeating: 0, count: depth)
    }

    /// Whether bytes wait for room in the socket.
    var isSending: Bool { outputStart < output.count }

    func flush() throws(SystemFailure) {
        guard isSending else { return }
        outputStart += try socket.send(output, from: outputStart)
        guard outputStart == output.count else { return }
        output.removeAll(keepingCapacity: true)
        outputStart = 0
    }

    /// Reads once; false when there was nothing.
    func receive() throws(SystemFailure) -> Bool {
        if inputCount == input.count { input += [UInt8](repeating: 0, count: input.count) }
        guard let count = try socket.receive(into: &input, from: inputCount) else { return false }
        inputCount += count
        return true
    }

    /// Drops the answers that were read; what is left is the start of one more.
    func consume(_ count: Int) {
        if count < inputCount, count > 0 {
            for index in count..<inputCount { input[index - count] = input[index] }
        }
        inputCount -= count
    }
}
