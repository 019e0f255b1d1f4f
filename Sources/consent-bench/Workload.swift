/// What is sent over every connection, and how its answers are told apart.
protocol Workload {
    /// The size of every request on the wire.
    var requestBytes: Int { get }

    /// Appends the next request of a slot; each connection has as many slots as requests in flight.
    mutating func appendRequest(connection: Int, slot: Int, to output: inout [UInt8])

    /// Reads all complete answers at the front of the received bytes.
    ///
    /// - Returns: the number of bytes that were complete answers.
    mutating func readAnswers(
        connection: Int,
        in bytes: borrowing Span<UInt8>,
        into answers: inout [Answer]
    ) -> Int
}

/// The answer to the request in a slot.
struct Answer {
    var slot: Int
    var isSuccess: Bool
    /// Where the answer lies in the received bytes.
    var range: Range<Int>
}
