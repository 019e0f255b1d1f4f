package import SystemPackage

/// Copies a journal, also one that a daemon goes on writing.
package struct JournalCopy {
    private let source: JournalDirectory
    private let target: JournalDirectory

    /// Prepares a copy from one journal's directory to another that does not hold one yet.
    package init(
        from source: FilePath,
        to target: FilePath,
        files: any JournalFiles = PosixFiles(),
        targetFiles: (any JournalFiles)? = nil
    ) {
        self.source = JournalDirectory(path: source, files: files)
        self.target = JournalDirectory(path: target, files: targetFiles ?? files)
    }

    /// Copies a journal into `journal/` of a directory, which is made where it is not there.
    package static func make(
        from source: FilePath,
        inside directory: FilePath,
        files: any JournalFiles = PosixFiles(),
        targetFiles: (any JournalFiles)? = nil
    ) throws(JournalError) -> RecoveryReport {
        try JournalDirectory(path: directory, files: targetFiles ?? files).createIfMissing()
        return try JournalCopy(
            from: source,
            to: directory.appending("journal"),
            files: files,
            targetFiles: targetFiles
        ).run()
    }

    /// Copies everything that is durable at some moment of the call, and checks the copy.
    ///
    /// - Throws: `JournalError.io(.fileExists)` where the target holds a journal; `.corrupt` where the copy is damaged.
    package func run() throws(JournalError) -> RecoveryReport {
        try source.check()
        try target.createIfMissing()
        try target.check()
        guard try names(in: target).isEmpty else { throw .io(.fileExists, during: "copy into \(target.path)") }
        var attempt = 1
        while true {
            do throws(JournalError) {
                return try copyOnce()
            } catch {
                // A compaction, or a frame that was being written, came in between.
                for name in try names(in: target) { try target.remove(name) }
                guard attempt < Self.attemptsMax, Self.mayPass(error) else { throw error }
                attempt += 1
            }
        }
    }

    private static let attemptsMax = 5
    private static let chunkByteCount = 1 << 20

    private static func mayPass(_ error: JournalError) -> Bool {
        switch error {
        case .corrupt: true
        case .io(let errno, _): errno == .noSuchFileOrDirectory
        default: false
        }
    }

    private func copyOnce() throws(JournalError) -> RecoveryReport {
        try JournalName.checkManifest(try names(in: source))
        let manifestBytes = try source.read(JournalName.manifest, limit: Manifest.byteCount)
        let manifest = try Manifest.decode(unsafe manifestBytes.span.bytes, file: JournalName.manifest)
        // Read before the frames, so that it cannot be ahead of the copy.
        let hasMark = try names(in: source).contains(JournalName.highWaterMark)
        let mark = hasMark ? try source.read(JournalName.highWaterMark, limit: HighWaterMark.byteCount) : nil
        let segments = try names(in: source).compactMap(JournalName.segmentIndex).sorted()
            .filter { $0 >= manifest.firstSegment }
        if manifest.snapshot > 0 { try copyFile(JournalName.snapshot(manifest.snapshot)) }
        for index in segments.dropLast() { try copyFile(JournalName.segment(index)) }
        if let last = segments.last { try copyPrefix(JournalName.segment(last)) }
        if manifest.isSealed { try copyFile(JournalName.keys) }
        if let mark { try target.replace(JournalName.highWaterMark, with: mark) }
        var copied = manifest
        copied.previous = nil
        try target.replace(JournalName.manifest, with: copied.encoded())
        return try Journal.inspect(target.path, files: target.files)
    }

    private func copyFile(_ name: String) throws(JournalError) {
        let from = try source.open(name, .readOnly)
        let temporary = name + JournalName.temporarySuffix
        let to = try target.open(temporary, .createNew)
        try source.attempt("copy \(name)") { () throws(Errno) in
            var offset = 0
            while true {
                let bytes = try from.read(Self.chunkByteCount, at: offset)
                if bytes.isEmpty { break }
                try to.writeAll(unsafe bytes.span.bytes, at: offset)
                offset += bytes.count
            }
            try to.syncData()
        }
        try target.rename(temporary, to: name)
    }

    /// Copies a segment as far as its frames hold.
    private func copyPrefix(_ name: String) throws(JournalError) {
        let bytes = try source.read(name)
        let span = unsafe bytes.span.bytes
        let header = try SegmentHeader.decode(span, file: name)
        var end = min(header.framesOffset, bytes.count)
        while end < bytes.count,
            case .frame(let frame) = FrameScan(at: end, of: span, end: bytes.count, salt: header.salt)
        {
            end += frame.frameByteCount
        }
        try target.replace(name, with: Array(bytes[..<end]))
    }

    private func names(in directory: JournalDirectory) throws(JournalError) -> [String] {
        try directory.attempt("list \(directory.path)") { () throws(Errno) in
            try directory.files.list(directory.path)
        }
    }
}
