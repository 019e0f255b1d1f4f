/// Whether the next request of a connection may be carried out: not while the answers to earlier ones have no room.
///
/// A few bytes can ask for very many. Requests that were read but have to wait stay in the scanner, where they are no
/// larger than they came.
struct InputBacklog {
    /// How many bytes of answers a connection may make before the others have their turn.
    private static let turnBytesMax = 64 << 10

    private var openCalls = 0
    private var gatheredBytes = 0
    /// Whether requests may wait in the scanner.
    private(set) var isHeldUp = false
    /// Whether the end of the input was seen and waits behind them.
    var isInputEnded = false
    /// Whether everything that was read is carried out at once, since the service stops.
    var isUnlimited = false

    /// Whether the next request may be carried out.
    func hasRoom(_ limits: ServiceLimits) -> Bool {
        isUnlimited
            || (openCalls < limits.quickCallsPerConnectionMax && gatheredBytes <= Self.turnBytesMax)
    }

    mutating func holdUp() {
        isHeldUp = true
    }

    mutating func goOn() {
        isHeldUp = false
    }

    /// A call went to the store, whose answer may be large.
    mutating func opened() {
        openCalls += 1
    }

    /// An answer was given at once; so many bytes have gathered since the last time they were sent.
    mutating func gathered(_ byteCount: Int) {
        gatheredBytes = byteCount
    }

    /// What had gathered was sent.
    mutating func sent(_ drained: Connection.Drained) {
        openCalls -= drained.endedQuickCalls
        gatheredBytes = 0
    }
}
