import Glibc

/// Where programs say what is not their result.
package enum StandardError {
    /// Whether a person watches it.
    package static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// Writes text as it is, without a buffer in between.
    package static func write(_ text: String) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            // Nobody is left to be told.
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }
}
