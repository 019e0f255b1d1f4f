import Glibc

/// The last words of a process that ends with an error.
enum Diagnostics {
    static func report(_ error: DaemonError) {
        let line = "consentd: \(error.message)\n"
        // Safety: the bytes live for the call. Nobody is left to be told if standard error cannot be written.
        _ = unsafe Array(line.utf8).withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
