import Glibc

/// A directory of our own that is removed with everything in it when the last reference goes.
package final class TemporaryDirectory: Sendable {
    package let path: String

    /// Makes a directory that only we may enter.
    ///
    /// - Parameter parent: where to make it; `$TMPDIR` or `/tmp` where nil.
    package init(in parent: String? = nil, prefix: String) throws(SystemFailure) {
        var template = Array(((parent ?? Self.defaultParent) + "/" + prefix + "-XXXXXX").utf8CString)
        let made = unsafe template.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress, unsafe mkdtemp(base) != nil else { return String?.none }
            return unsafe String(cString: base)
        }
        guard let made else { throw .last(during: "make a directory in \(parent ?? Self.defaultParent)") }
        path = made
    }

    deinit {
        Self.remove(path)
    }

    /// The path of an entry in the directory.
    package func file(_ name: String) -> String {
        path + "/" + name
    }

    private static var defaultParent: String {
        guard let text = unsafe getenv("TMPDIR") else { return "/tmp" }
        return unsafe String(cString: text)
    }

    private static func remove(_ path: String) {
        if unsafe unlink(path) == 0 { return }
        if let directory = unsafe opendir(path) {
            while let entry = unsafe readdir(directory) {
                let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                    unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
                if name != ".", name != ".." { remove(path + "/" + name) }
            }
            unsafe closedir(directory)
        }
        unsafe rmdir(path)
    }
}
