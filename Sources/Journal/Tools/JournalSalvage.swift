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
    ) throws(JournalError) -> (report: RecoveryReport, damage: Corruption?) {
        try JournalDirectory(path: directory, files: targetFiles ?? files).createIfMissing()
        return try JournalSalvage(
            from: source,
            to: directory.appending("journal"),
            files: files,
            targetFiles: targetFiles
        ).run()
    }

    /// Copies the history up to the first damage, which is returned; nil if there was none.
    ///
    /// - Throws: `JournalError` where nothing can be saved: the manifest, the keys or the snapshot is damaged.
    package func run() throws(JournalError) -> (report: RecoveryReport, damage: Corruption?) {
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
        try JournalName.checkManifest(names)
        let bytes = try source.read(JournalName.manifest, limit: Manifest.byteCount)
        var manifest = try Manifest.decode(unsafe bytes.span.bytes, file: JournalName.manifest)
        manifest.previous = nil
        var damage: Corruption?
        do throws(JournalError) {
            _ = try source.load(names: names, .checksOnly, Replay { _, _, _ in })
        } catch .corrupt(let found) {
            guard found.reason != .keysMissing else { throw .corrupt(found) }
            damage = found
        }
        if manifest.isSealed { try target.replace(JournalName.keys, with: try source.read(JournalName.keys)) }
        if manifest.snapshot > 0 {
            let name = JournalName.snapshot(manifest.snapshot)
            guard damage?.file != name else {
                throw .corrupt(damage ?? Corruption(file: name, offset: 0, reason: .badHeader))
            }
            try target.replace(name, with: try source.read(name))
        }
        try copySegments(from: manifest.firstSegment, upTo: damage)
        try target.replace(JournalName.manifest, with: manifest.encoded())
        return (try Journal.inspect(target.path, files: target.files), damage)
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
