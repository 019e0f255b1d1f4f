/// Adds entries to a stream of a Redis server, one event each.
struct RedisWorkload: Workload {
    let requestBytes: Int
    private let request: [UInt8]
    /// Redis answers in order: the oldest slot of each connection is answered next.
    private var slots: [SlotRing]

    init(event: [UInt8], connections: Int, depth: Int) {
        let head = "*5\r\n$4\r\nXADD\r\n$1\r\ns\r\n$1\r\n*\r\n$1\r\nd\r\n$\(event.count)\r\n"
        request = Array(head.utf8) + event + Array("\r\n".utf8)
        requestBytes = request.count
        slots = Array(repeating: SlotRing(capacity: depth), count: connections)
    }

    mutating func appendRequest(connection: Int, slot: Int, to output: inout [UInt8]) {
        slots[connection].push(slot)
        output += request
    }

    mutating func readAnswers(
        connection: Int,
        in bytes: borrowing Span<UInt8>,
        into answers: inout [Answer]
    ) -> Int {
        var start = 0
        while var end = bytes.lineEnd(from: start) {
            let isSuccess = bytes[start] == UInt8(ascii: "$")
            if isSuccess {
                // A bulk string is its length and, on a second line, the entry's id.
                guard let second = bytes.lineEnd(from: end + 1) else { return start }
                end = second
            }
            answers.append(Answer(slot: slots[connection].pop(), isSuccess: isSuccess, range: start..<end))
            start = end + 1
        }
        return start
    }

    /// Slots in the order of their requests.
    private struct SlotRing {
        private var items: [Int]
        private var head = 0
        private var count = 0

        init(capacity: Int) {
            items = Array(repeating: 0, count: capacity)
        }

        mutating func push(_ slot: Int) {
            items[(head + count) % items.count] = slot
            count += 1
        }

        mutating func pop() -> Int {
            guard count > 0 else { return 0 }
            defer {
                head = (head + 1) % items.count
                count -= 1
            }
            return items[head]
        }
    }
}
