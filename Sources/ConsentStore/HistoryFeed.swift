import enum Journal.JournalError

/// Collects the records of a history into runs and hands them over.
struct HistoryFeed {
    private let fold: HistoryFold
    private var run = HistoryRun()
    private var isUnderWay = false

    init(_ fold: HistoryFold) {
        self.fold = fold
    }

    /// Takes the next record.
    mutating func add(
        _ number: UInt64,
        kind: UInt8,
        _ body: RawSpan,
        from source: HistoryRun.Source
    ) throws(JournalError) {
        run.add(number, kind: kind, body, from: source)
        guard run.count == HistoryFold.runLength else { return }
        // A short history needs no threads.
        if !isUnderWay { fold.begin() }
        isUnderWay = true
        try fold.submit(&run)
    }

    /// Hands over what is left and waits until everything is folded.
    mutating func finish() throws(JournalError) {
        stop()
        fold.fold(&run)
        try fold.check()
    }

    /// Ends the threads, whatever became of the history.
    mutating func stop() {
        if isUnderWay { fold.end() }
        isUnderWay = false
    }
}
