/// Whether a connection is read: not while it has too much on its way to the disk or back to the caller.
struct ReadGate {
    private var unsyncedBytes = 0
    private var isOverUnsynced = false
    private var isWritable = true
    private var isClosed = false
    private var isHeldUp = false
    private var hasPendingRead = false
    private var slowCalls = 0

    private var isOpen: Bool { isWritable && !isOverUnsynced && !isClosed && !isHeldUp }

    /// Whether a read may happen now; otherwise it is made up for when the gate opens.
    mutating func wantsRead() -> Bool {
        guard isOpen else {
            hasPendingRead = true
            return false
        }
        return true
    }

    mutating func addUnsynced(_ byteCount: Int, max: Int) {
        unsyncedBytes += byteCount
        if unsyncedBytes > max { isOverUnsynced = true }
    }

    /// Takes account of what was answered; true when a read that was held back must happen.
    mutating func drained(_ drained: Connection.Drained, max: Int) -> Bool {
        unsyncedBytes -= drained.syncedBytes
        slowCalls -= drained.endedSlowCalls
        if unsyncedBytes <= max { isOverUnsynced = false }
        return takePendingRead()
    }

    mutating func isWritable(_ isWritable: Bool) -> Bool {
        self.isWritable = isWritable
        return takePendingRead()
    }

    /// No reads while what was read before waits; true when a read that was held back must happen.
    mutating func holdUp(_ isHeldUp: Bool) -> Bool {
        self.isHeldUp = isHeldUp
        return takePendingRead()
    }

    /// Whether the caller takes its answers.
    var takesAnswers: Bool { isWritable }

    /// Whether the caller takes its answers, so that a stop may still read what it has sent.
    var takesRest: Bool { isWritable && !isClosed }

    /// No more reads at all.
    mutating func close() {
        isClosed = true
    }

    mutating func takeSlowCall(max: Int) -> Bool {
        guard slowCalls < max else { return false }
        slowCalls += 1
        return true
    }

    private mutating func takePendingRead() -> Bool {
        guard isOpen, hasPendingRead else { return false }
        hasPendingRead = false
        return true
    }
}
