import SystemPackage

/// Writes a snapshot beside the journal's own thread; it counts once the journal has adopted it.
package struct SnapshotWriter: Sendable {
    private let directory: JournalDirectory
    private var header: SnapshotHeader
    private let cipher: PayloadCipher?
    private var sealed: SealedFrame?
    private var batch: JournalBatch
    private var file: (any JournalFile)?
    private var chain = ChainValue.origin
    private var offset = SnapshotHeader.byteCount
    private var syncedOffset = 0

    init(
        directory: JournalDirectory,
        options: JournalOptions,
        header: SnapshotHeader,
        cipher: PayloadCipher?
    ) {
        self.directory = directory
        self.header = header
        self.cipher = cipher
        sealed = cipher.map { SealedFrame(cipher: $0, files: directory.files) }
        batch = JournalBatch(startingAt: .first, options: options)
    }

    /// The number of the last record that the snapshot stands for; 0 before the first.
    package var coveredThrough: SequenceNumber {
        header.baseSequenceNumber.advanced(by: -1)
    }

    /// How many bytes were written so far.
    package var byteCount: Int { offset }

    /// Appends a record whose body the closure adds to the end of the array.
    ///
    /// - Throws: `JournalError.recordTooLarge`, `.full`, or `.io`; after any of them the snapshot is to be discarded.
    package mutating func append(_ kind: RecordKind, encode: (inout [UInt8]) -> Void) throws(JournalError) {
        if batch.byteCount >= Self.frameByteCountGoal { try flush() }
        do throws(JournalError) {
            try batch.append(kind, encode: encode)
        } catch .batchFull {
            try flush()
            try batch.append(kind, encode: encode)
        }
    }

    /// Completes the file, reads it again from the disk's side, and gives it its name; durable on return.
    package mutating func finish() throws(JournalError) -> FinishedSnapshot {
        try flush()
        let file = try openedFile()
        header.end = offset
        header.recordCount = Int(batch.firstSequenceNumber.rawValue) - 1
        header.contentChain = chain
        try write(header.encoded(), to: file, at: 0)
        try syncData(file)
        try verify(file)
        let name = JournalName.snapshot(header.index)
        try directory.rename(name + JournalName.temporarySuffix, to: name)
        return FinishedSnapshot(
            index: header.index,
            byteCount: offset,
            recordCount: header.recordCount,
            coveredThrough: coveredThrough
        )
    }

    /// Removes what was written.
    package mutating func discard() throws(JournalError) {
        file = nil
        try directory.remove(JournalName.snapshot(header.index) + JournalName.temporarySuffix)
    }

    private mutating func flush() throws(JournalError) {
        guard !batch.isEmpty else { return }
        let file = try openedFile()
        let place = offset
        var written = 0
        var next = chain
        try batch.withFrame(offset: place, salt: header.salt, previousChain: chain, sealed: &sealed) {
            (frame, newChain) throws(JournalError) in
            try Self.attempt { () throws(Errno) in try file.writeAll(frame, at: place) }
            written = frame.byteCount
            next = newChain
        }
        chain = next
        offset += written
        batch.removeAll(startingAt: batch.nextSequenceNumber)
        // In small portions, so that the device is never busy with all of it while a commit waits.
        if offset - syncedOffset >= Self.syncByteCount {
            try syncData(file)
            syncedOffset = offset
        }
    }

    private mutating func openedFile() throws(JournalError) -> any JournalFile {
        if let file { return file }
        let temporary = JournalName.snapshot(header.index) + JournalName.temporarySuffix
        try directory.remove(temporary)
        let made = try directory.open(temporary, .createNew)
        file = made
        return made
    }

    private func verify(_ file: any JournalFile) throws(JournalError) {
        let name = JournalName.snapshot(header.index)
        let reader = SnapshotReader(file: name) { (byteCount, offset) throws(JournalError) in
            do throws(Errno) {
                return try file.read(byteCount, at: offset)
            } catch {
                throw .io(error, during: "read \(name)")
            }
        }
        let found = try reader.header()
        guard found == header else {
            throw .corrupt(Corruption(file: name, offset: 0, reason: .badHeader))
        }
        try reader.replay(found, cipher.map { .sealed($0) } ?? .clear) { _, _, _ in }
    }

    private func write(_ bytes: [UInt8], to file: any JournalFile, at offset: Int) throws(JournalError) {
        try Self.attempt { () throws(Errno) in try file.writeAll(unsafe bytes.span.bytes, at: offset) }
    }

    private func syncData(_ file: any JournalFile) throws(JournalError) {
        // Never for want of room: what a failed sync leaves on the disk nobody knows, and the journal is over.
        try directory.attempt("sync a snapshot") { () throws(Errno) in try file.syncData() }
    }

    private static func attempt(_ body: () throws(Errno) -> Void) throws(JournalError) {
        do {
            try body()
        } catch {
            throw error.isShortage ? .full(.diskFull) : .io(error, during: "write a snapshot")
        }
    }

    private static let frameByteCountGoal = 256 << 10
    private static let syncByteCount = 4 << 20
}

/// A snapshot that is complete and durable, and that the journal may adopt.
package struct FinishedSnapshot: Sendable {
    let index: UInt64
    /// How many bytes it takes.
    package let byteCount: Int
    /// How many records it holds.
    package let recordCount: Int
    /// The number of the last record that it stands for.
    package let coveredThrough: SequenceNumber
}
