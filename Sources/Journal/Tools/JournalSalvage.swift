package import SystemPackage

/// Takes what a damaged journal still holds without a gap into a new one; the old one is only read.
package struct JournalSalvage {
    private let source: JournalDirectory
    private let target: JournalDirectory

    /// Prepares to save one journal's directory into another that does not hold one yet.
    package init(
        from source: FilePath,
        to target: FilePath,
        files: any JournalFiles = PosixFiles(),
        targetFiles: (any JournalFiles)? = nil
    ) {
        self.source = JournalDirectory(path: source, files: files)
        self.target = JournalDirectory(path: target, files: targetFiles ?? files)
    }

    /// Saves a journal into `journal/` of a directory, which is made where it is not there.
    package static func make(
        from source: FilePath,
        inside directory: FilePath,
        files: any JournalFiles = PosixFiles(),
        targetFiles: (any JournalFiles)? = nil
    ) throws(JournalError) -> Outcome {
        try JournalDirectory(path: directory, files: targetFiles ?? files).createIfMissing()
        return try JournalSalvage(
            from: source,
            to: directory.appending("journal"),
            files: files,
            targetFiles: targetFiles
        ).run()
    }

    /// What was saved, and what was not.
    package struct Outcome {
        /// What the new journal holds.
        package var report: RecoveryReport
        /// Where the history was cut off; nil if all of it is there.
        package var damage: Corruption?
        /// A damaged manifest or snapshot that was done without, since what it stands for was there otherwise.
        package var replaced: Corruption?
    }

    /// Copies the history up to the first damage in it.
    ///
    /// Where the snapshot is damaged, what it stands for is taken from the generation before, as long as that is kept;
    /// where the manifest is, the history begins with the newest snapshot that is whole, or with the first segment.
    ///
    /// - Throws: `JournalError` where nothing can be saved: the keys are damaged, or there is no whole beginning.
    package func run() throws(JournalError) -> Outcome {
        try source.check()
        let names = try source.attempt("list journal directory") { () throws(Errno) in
            try source.files.list(source.path)
        }
        let lock = names.contains(JournalName.lock) ? try source.takeLock(creating: false) : nil
        defer { withExtendedLifetime(lock) {} }
        try target.createIfMissing()
        try target.check()
        let present = try target.attempt("list salvage directory") { () throws(Errno) in
            try target.files.list(target.path)
        }
        guard present.isEmpty else { throw .io(.fileExists, during: "salvage into \(target.path)") }
        var replaced: Corruption?
        for manifest in try beginnings(among: names, &replaced) {
            guard let found = try damage(behind: manifest, names) else {
                return Outcome(report: try save(from: manifest, upTo: nil), replaced: replaced)
            }
            guard !manifest.isBroken(by: found) else {
                replaced = replaced ?? found
                continue
            }
            return Outcome(report: try save(from: manifest, upTo: found), damage: found, replaced: replaced)
        }
        throw .corrupt(replaced ?? Corruption(file: JournalName.manifest, offset: 0, reason: .manifestMissing))
    }

    /// Where the history may begin, the best first.
    private func beginnings(among names: [String], _ damage: inout Corruption?) throws(JournalError) -> [Manifest] {
        do throws(JournalError) {
            try JournalName.checkManifest(names)
            let bytes = try source.read(JournalName.manifest, limit: Manifest.byteCount)
            var manifest = try Manifest.decode(unsafe bytes.span.bytes, file: JournalName.manifest)
            guard let previous = manifest.previous else { return [manifest] }
            manifest.previous = nil
            var earlier = manifest
            earlier.firstSegment = previous.firstSegment
            earlier.snapshot = previous.snapshot
            return [manifest, earlier]
        } catch .corrupt(let found) {
            damage = found
            return try beginningsWithoutManifest(among: names)
        }
    }

    /// What the manifest may have said: each snapshot and each segment says whose it is and where it belongs.
    private func beginningsWithoutManifest(among names: [String]) throws(JournalError) -> [Manifest] {
        var segments: [SegmentHeader] = []
        for index in names.compactMap(JournalName.segmentIndex).sorted() {
            let header = try readHeader(of: JournalName.segment(index), SegmentHeader.byteCount, SegmentHeader.decode)
            if let header, header.index == index { segments.append(header) }
        }
        func manifest(_ storeID: StoreID, from first: UInt64, snapshot: UInt64) -> Manifest {
            let sealed = segments.first { $0.index >= first && $0.isSealed }
            return Manifest(
                storeID: storeID,
                firstSegment: first,
                snapshot: snapshot,
                firstSealedSegment: sealed?.index ?? 0
            )
        }
        var found: [Manifest] = []
        // The newest first: what lies before it may be what an erasure has not removed yet.
        for index in names.compactMap(JournalName.snapshotIndex).sorted(by: >) {
            let name = JournalName.snapshot(index)
            let header = try readHeader(of: name, SnapshotHeader.byteCount, SnapshotHeader.decode)
            guard let header, header.index == index else { continue }
            found.append(manifest(header.storeID, from: index, snapshot: index))
        }
        if let first = segments.first, first.index == 1 {
            found.append(manifest(first.storeID, from: 1, snapshot: 0))
        }
        return found
    }

    /// The first bytes of a file; nil where they are damaged.
    private func readHeader<Header>(
        of name: String,
        _ byteCount: Int,
        _ decode: (RawSpan, String) throws(JournalError) -> Header
    ) throws(JournalError) -> Header? {
        let bytes = try source.read(name, limit: byteCount)
        do throws(JournalError) {
            return try decode(unsafe bytes.span.bytes, name)
        } catch .corrupt {
            return nil
        }
    }

    /// The first damage to the history that begins as a manifest says; nil if there is none.
    private func damage(behind manifest: Manifest, _ names: [String]) throws(JournalError) -> Corruption? {
        var reader = HistoryReader { (name, limit) throws(JournalError) in
            name == JournalName.manifest ? manifest.encoded() : try source.read(name, limit: limit)
        }
        reader.access = .checksOnly
        reader.openFile = { (name) throws(JournalError) in try source.open(name, .readOnly) }
        let ignore: RecordHandler = { _, _, _ in }
        do throws(JournalError) {
            _ = try reader.load(names: names + [JournalName.manifest], Replay(snapshot: ignore, log: ignore))
            return nil
        } catch .corrupt(let found) {
            guard found.file != JournalName.keys else { throw .corrupt(found) }
            return found
        }
    }

    private func save(from manifest: Manifest, upTo damage: Corruption?) throws(JournalError) -> RecoveryReport {
        if manifest.isSealed { try target.replace(JournalName.keys, with: try source.read(JournalName.keys)) }
        if manifest.snapshot > 0 {
            let name = JournalName.snapshot(manifest.snapshot)
            try target.replace(name, with: try source.read(name))
        }
        try copySegments(from: manifest.firstSegment, upTo: damage)
        try target.replace(JournalName.manifest, with: manifest.encoded())
        return try Journal.inspect(target.path, files: target.files)
    }

    private func copySegments(from first: UInt64, upTo damage: Corruption?) throws(JournalError) {
        var index = first
        while true {
            let name = JournalName.segment(index)
            let isDamaged = damage?.file == name
            if isDamaged, let offset = damage?.offset, offset < SegmentHeader.byteCount { return }
            let bytes: [UInt8]
            do throws(JournalError) {
                bytes = try source.read(name)
            } catch .io(.noSuchFileOrDirectory, _) {
                return
            }
            try target.replace(name, with: isDamaged ? Array(bytes.prefix(damage?.offset ?? 0)) : bytes)
            if isDamaged { return }
            index += 1
        }
    }
}

extension Manifest {
    /// Whether damage takes away the very beginning, without which nothing behind it can be read.
    fileprivate func isBroken(by damage: Corruption) -> Bool {
        if snapshot > 0, damage.file == JournalName.snapshot(snapshot) { return true }
        return damage.file == JournalName.segment(firstSegment) && damage.offset < SegmentHeader.byteCount
    }
}
