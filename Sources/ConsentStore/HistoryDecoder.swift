import Consent

import enum Journal.JournalError
import struct Journal.JournalKeys

/// Decodes the records of a history one after another, and hands them to the fold in runs.
struct HistoryDecoder {
    private let fold: HistoryFold
    private var reader = ByteReader([])
    /// Ids of events, for those of the snapshot's records that name them again.
    private var ids = KnownIDs()
    private var run = HistoryRun()

    init(_ fold: HistoryFold) {
        self.fold = fold
    }

    /// Takes what opens sealed secrets, before the first record.
    mutating func use(_ keys: JournalKeys) {
        reader = ByteReader([], keys: keys)
    }

    /// Takes the next record of the snapshot.
    mutating func snapshot(_ number: UInt64, kind: UInt8, _ body: RawSpan) throws {
        reader.reset(to: body)
        try run.addSnapshot(number, kind: kind, from: &reader, recalling: &ids)
        try submitIfFull()
    }

    /// Takes the next record of the log.
    mutating func log(_ number: UInt64, kind: UInt8, _ body: RawSpan) throws {
        reader.reset(to: body)
        try run.addLog(number, kind: kind, from: &reader)
        try submitIfFull()
    }

    /// Hands over what is left and waits until everything is folded.
    mutating func finish() throws(JournalError) {
        try fold.submit(&run)
        try fold.wait()
    }

    private mutating func submitIfFull() throws(JournalError) {
        if run.steps.count == HistoryFold.runLength { try fold.submit(&run) }
    }
}
