import Glibc

/// A system call that failed, with what it was asked to do.
package struct SystemFailure: Error, Equatable, CustomStringConvertible {
    /// The value of `errno`.
    package var code: Int32
    package var operation: String

    package init(code: Int32, during operation: String) {
        self.code = code
        self.operation = operation
    }

    package var description: String {
        operation + ": " + (unsafe String(cString: strerror(code)))
    }

    /// Takes `errno` of the call that has just failed.
    package static func last(during operation: String) -> SystemFailure {
        SystemFailure(code: errno, during: operation)
    }
}
