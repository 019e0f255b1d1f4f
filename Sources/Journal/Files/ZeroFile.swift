import SystemPackage

/// A file of zeros that are on the disk, written ahead of their use.
struct ZeroFile {
    let directory: JournalDirectory
    let name: String
    let byteCount: Int
    /// So much space must be free beside the file.
    let freeBytesMin: Int

    /// Why there is no such file.
    enum Failure: Error {
        /// It was not wanted any more, or there was no room, or a call failed that says nothing of what is on the disk.
        case unavailable
        /// A sync failed: nobody knows any more what of this file system's pages is on the disk.
        case sync(Errno)
    }

    /// The file that an earlier process has made; nil where there is none of this size.
    func existing() -> (any JournalFile)? {
        guard let status = try? directory.files.status(directory.path.appending(name)),
            status.kind == .file, status.byteCount == byteCount
        else { return nil }
        return try? directory.open(name, .readWrite)
    }

    /// Writes the zeros piece by piece, so that the device is never busy with all of them at once.
    ///
    /// The file has its name only when it is whole. Nothing is left behind unless a sync failed; after that nothing is
    /// touched any more.
    func make(isStopped: () -> Bool) throws(Failure) -> any JournalFile {
        let temporary = name + JournalName.temporarySuffix
        let file: any JournalFile
        do {
            guard try directory.files.freeBytes(directory.path) - byteCount >= freeBytesMin else {
                throw Failure.unavailable
            }
            try directory.remove(temporary)
            file = try directory.open(temporary, .createNew)
        } catch {
            throw .unavailable
        }
        let piece = [UInt8](repeating: 0, count: min(byteCount, Self.pieceByteCount))
        var offset = 0
        while offset < byteCount {
            let count = min(piece.count, byteCount - offset)
            do {
                guard !isStopped() else { throw Failure.unavailable }
                try file.writeAll(unsafe piece.span.bytes.extracting(0..<count), at: offset)
            } catch {
                // What cannot be removed now is removed before the next try.
                _ = Result { try directory.remove(temporary) }
                throw .unavailable
            }
            do throws(Errno) {
                try file.syncData()
            } catch {
                throw .sync(error)
            }
            offset += count
        }
        do {
            try directory.rename(temporary, to: name)
        } catch {
            // Where descriptors ran out, nothing was synced and so no sync has failed.
            guard case .io(let errno, _) = error, errno != .tooManyOpenFiles, errno != .tooManyOpenFilesInSystem else {
                throw .unavailable
            }
            throw .sync(errno)
        }
        return file
    }

    private static let pieceByteCount = 1 << 20
}
