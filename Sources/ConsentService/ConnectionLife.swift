/// When a connection ends: decided here, done by the handler.
///
/// Whatever was accepted is answered first, after a half-close as after a framing error.
struct ConnectionLife {
    private var openCalls = 0
    /// Pieces of answers that the peer has not taken yet: closing would throw them away.
    private var unsentPieces = 0
    private(set) var isInputClosed = false
    private var isBroken = false
    private var isStopping = false
    private var isOutputClosed = false
    private var drainedBytes = 0

    enum Action: Equatable {
        case none
        /// Shut the sending side down, and close for good a little later.
        case closeOutput
        case close
    }

    /// Whether input is only read to be thrown away.
    var isDraining: Bool { isBroken || isStopping }

    mutating func accepted() {
        openCalls += 1
    }

    mutating func answered(_ count: Int) -> Action {
        openCalls -= count
        return next()
    }

    mutating func sending() {
        unsentPieces += 1
    }

    /// The peer took a piece, or never will.
    mutating func sent() -> Action {
        unsentPieces -= 1
        return next()
    }

    mutating func inputClosed() -> Action {
        isInputClosed = true
        return isOutputClosed ? .close : next()
    }

    /// The input makes no sense any more: text inside a broken string must never run as a request.
    mutating func broken() -> Action {
        isBroken = true
        return next()
    }

    mutating func stopping() -> Action {
        isStopping = true
        return next()
    }

    /// Input was thrown away, of which only so much is once everything was answered: a call that is still open must
    /// not be lost to what comes behind it.
    mutating func drained(_ byteCount: Int, limit: Int) -> Action {
        guard isOutputClosed else { return .none }
        drainedBytes += byteCount
        return drainedBytes > limit ? .close : .none
    }

    private mutating func next() -> Action {
        guard openCalls == 0, unsentPieces == 0, !isOutputClosed else { return .none }
        if isInputClosed || isStopping { return .close }
        guard isBroken else { return .none }
        isOutputClosed = true
        return .closeOutput
    }
}
