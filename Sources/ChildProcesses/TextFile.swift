import Glibc

/// Reads whole files, standard input among them.
package enum TextFile {
    /// The bytes of a file; `-` is standard input.
    ///
    /// - Throws: `SystemFailure` with `EFBIG` when there are more than `bytesMax`.
    package static func read(_ path: String, bytesMax: Int = 64 << 20) throws(SystemFailure) -> [UInt8] {
        let descriptor = path == "-" ? STDIN_FILENO : unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .last(during: "open \(path)") }
        defer { if path != "-" { close(descriptor) } }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .last(during: "read \(path)") }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
            guard bytes.count <= bytesMax else { throw SystemFailure(code: EFBIG, during: "read \(path)") }
        }
    }
}
