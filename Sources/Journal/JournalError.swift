package import SystemPackage

/// Why a journal does not do what it was asked.
package enum JournalError: Error, Equatable {
    /// Bytes are damaged or missing in a way that no crash explains; nothing is changed on disk.
    case corrupt(Corruption)
    /// A file was written by a newer version in a way that this one must not read.
    case unsupported(file: String, incompatibleFeatures: UInt32)
    /// The system refused an operation; after a failed write or sync the journal refuses every further call.
    case io(Errno, during: String)
    /// Another process, or another journal in this one, has the directory.
    case locked
    /// A directory or file belongs to somebody else, is open to others, or is not what its name says.
    case wrongMode(path: FilePath, Mismatch)
    /// Nothing was written for want of space; the journal stays usable and tries again at the next commit.
    case full(Shortage)
    /// One record is larger than a batch may be; nothing was appended.
    case recordTooLarge(byteCount: Int, limit: Int)
    /// The batch has no room for this record; it fits once the batch is committed and emptied.
    case batchFull
    /// The history is sealed and the key does not open it, or there is none.
    case key(KeyFault)
    /// The reader of the history refused a record.
    case refused(SequenceNumber, reason: String)

    /// What is wrong about the operator's key.
    package enum KeyFault: String, Equatable, Sendable {
        /// There is no key and there is a sealed journal.
        case missing =
            "the journal is sealed and its key is missing: put journal.kek back, as a credential or as keys/journal.kek below the state directory; a new key would not open it"
        /// The key is another journal's, or an older or newer one.
        case wrong =
            "journal.kek is not the key of this journal: put the right one back; consentctl journal rotate-key changes a journal's key"
        /// The credential is there and cannot be read.
        case unreadable = "the credential journal.kek cannot be read"
        /// There is nothing that a key would open.
        case notSealed = "the journal is kept in clear: start consentd once with a key to seal it"
        /// The key is no key.
        case malformed = "journal.kek must hold 32 bytes, raw or as hexadecimal or base64 text"
    }

    /// What a file or directory fails to be.
    package enum Mismatch: String, Equatable, Sendable {
        /// Group or others have access.
        case mode = "must not be open to group or others"
        /// The owner is not the daemon's user.
        case owner = "belongs to another user"
        /// It is a symbolic link, a device or the like.
        case kind = "is neither a plain file nor the journal's directory"
    }

    /// Which limit was met.
    package enum Shortage: String, Equatable, Sendable {
        /// The file system or the quota has no more space.
        case diskFull = "the disk or quota is full"
        /// The journal has reached its own size limit.
        case journalBytesMax = "the journal has reached its size limit"
        /// The file system has less free space than is to be left.
        case freeBytesMin = "the disk has less free space than must be left"
    }
}

/// Where a history is damaged and what is lost there.
package struct Corruption: Equatable, Sendable {
    /// The file's name inside the journal's directory.
    package var file: String
    /// Where in the file the damage begins, in bytes.
    package var offset: Int
    /// The first record that cannot be read, where known.
    package var firstSequenceNumber: SequenceNumber?
    /// The last record that is known to be concerned; nil when the end is unknown.
    package var lastSequenceNumber: SequenceNumber?
    /// What was found.
    package var reason: Reason

    /// What was found.
    package enum Reason: String, Equatable, Sendable {
        /// The file that names the journal is gone though parts of it are there.
        case manifestMissing = "the manifest is missing beside other parts of a journal"
        /// A header's checksum, size or magic number is wrong.
        case badHeader = "the file's header is damaged"
        /// The file belongs to another journal.
        case foreign = "the file belongs to another journal"
        /// The file's content is that of another place in the same journal.
        case misplaced = "the file's content belongs to another place in the journal"
        /// A file between two others is gone.
        case segmentMissing = "a segment is missing"
        /// The snapshot that the manifest names is gone.
        case snapshotMissing = "the snapshot is missing"
        /// A frame is damaged although later ones, or the mark, prove that it was complete.
        case badFrame = "a frame is damaged"
        /// A frame does not continue what lies before it.
        case brokenChain = "a frame does not continue the history before it"
        /// The history ends before the place that was once reached.
        case truncated = "the history ends before the place it had reached"
        /// The file that holds the journal's own keys is gone.
        case keysMissing = "the file of the journal's keys is missing"
        /// The keys of the journal do not hold the file's.
        case keyMissing = "the file's key is not among the journal's keys"
        /// A frame's checksums hold but it does not open under its key.
        case badSeal = "a frame does not open under its key"
        /// A frame's checksums hold but its records do not parse.
        case badRecord = "a frame's records do not parse"
    }
}

extension JournalError: CustomStringConvertible {
    /// One fragment for a log or an operator, without personal data.
    package var description: String {
        switch self {
        case .corrupt(let corruption): "\(corruption)"
        case .unsupported(let file, let features):
            "\(file): written by a newer version (features 0x\(String(features, radix: 16)))"
        case .io(let errno, let operation): "\(operation): \(errno)"
        case .locked: "another process has the journal open"
        case .wrongMode(let path, let mismatch): "\(path): \(mismatch.rawValue)"
        case .full(let shortage): shortage.rawValue
        case .recordTooLarge(let byteCount, let limit): "record of \(byteCount) bytes exceeds \(limit)"
        case .batchFull: "the batch is full"
        case .key(let fault): fault.rawValue
        case .refused(let number, let reason): "record \(number): \(reason)"
        }
    }
}

extension Corruption: CustomStringConvertible {
    /// File, offset, sequence range, finding, and the command that helps.
    package var description: String {
        var text = "\(file): offset \(offset): "
        if let firstSequenceNumber {
            text += "from record \(firstSequenceNumber)"
            text += lastSequenceNumber.map { " to \($0): " } ?? " on: "
        }
        return text + "\(reason.rawValue); see consentctl journal verify, then restore or salvage"
    }
}
