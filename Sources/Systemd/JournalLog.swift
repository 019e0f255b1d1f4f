import CSystemd
import Glibc

/// Structured entries in the system's log.
package enum JournalLog {
    /// Importance, as syslog counts it.
    package enum Priority: Int, Sendable {
        case emergency
        case alert
        case critical
        case error
        case warning
        case notice
        case info
        case debug
    }

    /// Returns whether a descriptor, standard error unless told otherwise, leads to the system's log.
    ///
    /// True when it is the file that `$JOURNAL_STREAM` names by device and inode; only then are native entries the
    /// right form.
    package static func isJournalStream(descriptor: Int32 = STDERR_FILENO) -> Bool {
        guard let value = unsafe getenv("JOURNAL_STREAM") else { return false }
        return isFile(descriptor, named: unsafe String(cString: value))
    }

    static func isFile(_ descriptor: Int32, named stream: String) -> Bool {
        let parts = stream.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let device = UInt64(parts[0]), let inode = UInt64(parts[1]) else { return false }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { return false }
        return UInt64(status.st_dev) == device && UInt64(status.st_ino) == inode
    }

    /// Writes one entry; does nothing where no such log runs.
    ///
    /// Field names are upper-case ASCII letters, digits and underscores, at most 64, not starting with an underscore or a
    /// digit; a field with any other name is left out. Values may hold any text, line breaks included.
    package static func send(
        message: String,
        priority: Priority,
        fields: [(name: String, value: String)] = []
    ) throws(SystemdError) {
        let lines = entry(message: message, priority: priority, fields: fields)
        let bytes = lines.flatMap { $0.utf8 }
        let result = unsafe bytes.withUnsafeBufferPointer { bytes in
            var start = 0
            let vectors = unsafe lines.map { line in
                let count = line.utf8.count
                defer { start += count }
                // sd_journal_sendv only reads; iovec has no form that says so.
                let base = unsafe UnsafeMutableRawPointer(mutating: bytes.baseAddress?.advanced(by: start))
                return unsafe iovec(iov_base: base, iov_len: count)
            }
            return unsafe sd_journal_sendv(vectors, Int32(vectors.count))
        }
        _ = try checked(result, "sd_journal_sendv")
    }

    static func entry(message: String, priority: Priority, fields: [(name: String, value: String)]) -> [String] {
        ["MESSAGE=\(message)", "PRIORITY=\(priority.rawValue)"]
            + fields.filter { isFieldName($0.name) }.map { "\($0.name)=\($0.value)" }
    }

    private static func isFieldName(_ name: String) -> Bool {
        guard let first = name.utf8.first, name.utf8.count <= 64 else { return false }
        return (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                    true
                default:
                    false
                }
            }
    }
}
