import Glibc
import SystemPackage

/// A directory of a test's own on the real disk, removed with its last reference.
final class TemporaryDirectory {
    let path: FilePath

    init() throws {
        path = FilePath("/tmp/journal-tests-\(UInt64.random(in: 0 ... .max))")
        guard unsafe mkdir(path.string, 0o700) == 0 else { throw Errno(rawValue: errno) }
    }

    deinit {
        Self.remove(path)
    }

    private static func remove(_ path: FilePath) {
        if let stream = unsafe opendir(path.string) {
            while let entry = unsafe readdir(stream) {
                let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    unsafe String(cString: UnsafeRawPointer(pointer).assumingMemoryBound(to: CChar.self))
                }
                if name != ".", name != ".." { remove(path.appending(name)) }
            }
            unsafe closedir(stream)
            unsafe rmdir(path.string)
        } else {
            unsafe unlink(path.string)
        }
    }
}
