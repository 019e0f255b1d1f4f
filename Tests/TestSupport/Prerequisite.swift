import Glibc

/// Programs that a test needs and that not every machine has.
package enum Prerequisite {
    /// Whether a program is on the path; under `CI` it must be, so that the test runs and fails there.
    package static func command(_ name: String) -> Bool { isCI || isInstalled(name) }

    /// Whether a program is on the path.
    package static func isInstalled(_ name: String) -> Bool {
        let path = unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? ""
        return path.split(separator: ":").contains { unsafe access("\($0)/\(name)", X_OK) == 0 }
    }

    /// Whether the tests run as root, who may be anybody; under `CI` they must.
    package static var root: Bool { isCI || geteuid() == 0 }

    /// The Python with the public packages of README's test command.
    package static let publicPythonPath =
        #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 } + "/.build/python/bin/python"

    /// Whether those packages are installed; under `CI` they must be.
    package static var publicPython: Bool { unsafe isCI || access(publicPythonPath, X_OK) == 0 }

    private static var isCI: Bool { unsafe getenv("CI") != nil }
}
