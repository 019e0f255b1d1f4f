import Glibc
import Testing

/// Programs that a test needs and that not every machine has.
enum Prerequisite {
    /// Whether a program is on the path; under `CI` it must be, so that the test runs and fails there.
    static func command(_ name: String) -> Bool {
        if unsafe getenv("CI") != nil { return true }
        let path = unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? ""
        return path.split(separator: ":").contains { unsafe access("\($0)/\(name)", X_OK) == 0 }
    }
}

extension Trait where Self == ConditionTrait {
    /// Runs a test only where it can; the reason is printed otherwise.
    static func enabled(_ otherwise: Comment, _ condition: Bool) -> Self {
        .enabled(if: condition, otherwise)
    }
}
