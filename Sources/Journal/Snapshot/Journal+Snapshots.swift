import SystemPackage

extension Journal {
    /// Ends the current segment and returns what writes a snapshot of everything before, on any thread.
    ///
    /// The state to be written is the one at this very call: what is committed later lies behind the snapshot.
    ///
    /// - Throws: `JournalError.full` with the journal usable; `.io` is final.
    package func beginSnapshot() throws(JournalError) -> SnapshotWriter {
        if let failure { throw failure }
        do {
            return try withReserve(true) { () throws(JournalError) in
                try rotate(to: spares.take())
                requestSpare()
                return try makeSnapshotWriter()
            }
        } catch {
            if case .full = error { throw error }
            fail(error)
            throw error
        }
    }

    private func makeSnapshotWriter() throws(JournalError) -> SnapshotWriter {
        let header = SnapshotHeader(
            storeID: manifest.storeID,
            index: segment.index,
            baseSequenceNumber: nextSequenceNumber,
            salt: directory.files.randomBits(),
            historyChain: chain,
            isSealed: keyTable != nil
        )
        var cipher: PayloadCipher?
        if let keyTable {
            let name = KeyName.snapshot(segment.index)
            guard let key = keyTable[name] else { preconditionFailure("a snapshot's key is made with its segment's") }
            cipher = PayloadCipher(key, name: name, storeID: manifest.storeID, salt: header.salt)
        }
        return SnapshotWriter(directory: directory, options: options, header: header, cipher: cipher)
    }

    /// Lets a finished snapshot stand for everything before it, and removes what is not needed any more.
    ///
    /// The generation before is kept unless told otherwise; the one before that goes.
    ///
    /// - Throws: `JournalError.full` with nothing changed; `.io` is final.
    package func adopt(_ snapshot: FinishedSnapshot, keepingPrevious: Bool = true) throws(JournalError) {
        if let failure { throw failure }
        precondition(snapshot.index > manifest.firstSegment, "snapshots are adopted in the order they were begun")
        var next = manifest
        next.previous =
            keepingPrevious ? .init(firstSegment: manifest.firstSegment, snapshot: manifest.snapshot) : nil
        next.firstSegment = snapshot.index
        next.snapshot = snapshot.index
        snapshotByteCounts[snapshot.index] = snapshot.byteCount
        try commit(next)
        counters.snapshotCount += 1
    }

    /// Removes the generation before, and all that a crash set aside: no byte before the present snapshot is left.
    ///
    /// - Throws: `JournalError.full` with nothing changed; `.io` is final.
    package func dropPrevious() throws(JournalError) {
        if let failure { throw failure }
        var next = manifest
        next.previous = nil
        try commit(next)
        do {
            try directory.emptyQuarantine()
        } catch {
            fail(error)
            throw error
        }
    }

    private func commit(_ next: Manifest) throws(JournalError) {
        do {
            try withReserve(true) { () throws(JournalError) in
                if next != manifest { try directory.replace(JournalName.manifest, with: next.encoded()) }
            }
            manifest = next
            try removeUnneeded()
        } catch {
            if case .full = error { throw error }
            fail(error)
            throw error
        }
    }

    /// Removes the segments, snapshots and keys that the manifest does not name.
    private func removeUnneeded() throws(JournalError) {
        let snapshots = [manifest.snapshot, manifest.previous?.snapshot ?? 0]
        let names = try directory.attempt("list journal directory") { () throws(Errno) in
            try directory.files.list(directory.path)
        }
        for name in names {
            if let index = JournalName.segmentIndex(name), index < manifest.firstKeptSegment {
                try directory.remove(name)
                segmentByteCounts[index] = nil
            } else if let index = JournalName.snapshotIndex(name), index < manifest.firstSegment,
                !snapshots.contains(index)
            {
                try directory.remove(name)
                snapshotByteCounts[index] = nil
            }
        }
        try directory.sync()
        guard var table = keyTable, let kek else { return }
        // A snapshot that is being written meanwhile must find its key when it is adopted.
        table.keep { name in
            name.id >= (name.role == .segment ? manifest.firstKeptSegment : manifest.firstSegment)
                || (name.role == .snapshot && snapshots.contains(name.id))
        }
        guard table.names != keyTable?.names else { return }
        try withReserve(true) { () throws(JournalError) in
            try directory.replace(JournalName.keys, with: table.encoded(under: kek))
        }
        keyTable = table
    }

    /// Does something once more with the reserve's space if the disk is full and it may.
    func withReserve<Result>(
        _ isEssential: Bool,
        _ body: () throws(JournalError) -> Result
    ) throws(JournalError) -> Result {
        do {
            return try body()
        } catch {
            guard isEssential, error == .full(.diskFull), try reserve.release() else { throw error }
            return try body()
        }
    }
}

extension JournalDirectory {
    /// Removes everything that was set aside.
    fileprivate func emptyQuarantine() throws(JournalError) {
        let inside = JournalDirectory(path: path.appending(JournalName.quarantine), files: files)
        let names: [String]
        do {
            names = try files.list(inside.path)
        } catch .noSuchFileOrDirectory {
            return
        } catch {
            throw .io(error, during: "list quarantine")
        }
        for name in names { try inside.remove(name) }
        if !names.isEmpty { try inside.sync() }
    }
}
