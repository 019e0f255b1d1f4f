import ChildProcesses
import Glibc

/// Files that a test makes or damages.
package enum TestFile {
    /// Writes a whole file, in place of what it held.
    package static func write(_ bytes: [UInt8], to path: String) throws {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemFailure.last(during: "open \(path)") }
        defer { close(descriptor) }
        let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
        guard count == bytes.count else { throw SystemFailure.last(during: "write \(path)") }
    }

    /// Whether a file holds a text; quick also where it is large.
    package static func holds(_ text: String, path: String) throws -> Bool {
        let bytes = try TextFile.read(path)
        let wanted = Array(text.utf8)
        guard let first = wanted.first else { return true }
        return unsafe bytes.withUnsafeBytes { content in
            guard let start = content.baseAddress else { return false }
            var offset = 0
            while content.count - offset >= wanted.count,
                let found = unsafe memchr(start + offset, Int32(first), content.count - offset)
            {
                offset = unsafe UnsafeRawPointer(found) - start
                guard content.count - offset >= wanted.count else { return false }
                if unsafe memcmp(found, wanted, wanted.count) == 0 { return true }
                offset += 1
            }
            return false
        }
    }

    /// Changes one byte of a file in place.
    package static func flipByte(at offset: Int, of path: String) throws {
        let descriptor = unsafe open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemFailure.last(during: "open \(path)") }
        defer { close(descriptor) }
        var byte: UInt8 = 0
        guard unsafe pread(descriptor, &byte, 1, offset) == 1 else { throw SystemFailure.last(during: "read \(path)") }
        byte ^= 0x5a
        guard unsafe pwrite(descriptor, &byte, 1, offset) == 1 else {
            throw SystemFailure.last(during: "write \(path)")
        }
    }

    /// Gives a file to a user and group, with these permissions.
    package static func give(_ path: String, to user: UInt32 = 0, group: UInt32 = 0, mode: UInt32) throws {
        guard unsafe chown(path, user, group) == 0, unsafe chmod(path, mode) == 0 else {
            throw SystemFailure.last(during: "give \(path) away")
        }
    }

    /// Makes a symbolic link.
    package static func link(_ path: String, to target: String) throws {
        guard unsafe symlink(target, path) == 0 else { throw SystemFailure.last(during: "link \(path)") }
    }

    /// The permissions of a file.
    package static func mode(of path: String) throws -> UInt32 {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { throw SystemFailure.last(during: "look at \(path)") }
        return status.st_mode & 0o7777
    }

    /// The names in a directory, sorted.
    package static func names(in path: String) throws -> [String] {
        guard let directory = unsafe opendir(path) else { throw SystemFailure.last(during: "open \(path)") }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}
