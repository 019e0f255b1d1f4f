package import Consent
import JSON

/// Removes a configuration; with `force` also one that has undelivered events, which are then cancelled.
package struct DeleteConfiguration: RPCMethod {
    package static let name = "deleteConfiguration"
    package static let access = Access.admin
    package static let positionalParameters = ["id", "revision", "force"]

    /// Nil for an id that nothing can have.
    package var id: ConfigurationID?
    package var revision: UInt64?
    package var force: Bool

    package typealias Result = Empty

    package static func decode(_ params: ParamsReader) -> DeleteConfiguration? {
        let id = params.requiredString("id")
        let revision = params.int("revision", in: 0...Int.max)
        let force = params.bool("force") ?? false
        guard let id else { return nil }
        return DeleteConfiguration(id: ConfigurationID(id), revision: revision.map { UInt64($0) }, force: force)
    }
}
