import ChildProcesses
import Glibc

/// The programs of this package as they were built.
package enum Program: String {
    case consentctl
    case consentd
    case simulator = "salesforce-simulator"

    /// Where the program is: in `$CONSENTD_BINARIES`, else beside the running tests.
    ///
    /// - Throws: when it is not there: a test of nothing must not pass.
    package var path: String {
        get throws {
            guard let directory = unsafe getenv("CONSENTD_BINARIES") else { return try Executable.sibling(rawValue) }
            let path = unsafe String(cString: directory) + "/" + rawValue
            guard unsafe access(path, X_OK) == 0 else { throw SystemFailure.last(during: "find \(path)") }
            return path
        }
    }
}
