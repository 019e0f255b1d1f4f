package import Consent
package import JSON
package import JSONRPC

/// Changes a configuration by a merge patch (RFC 7396), if it still has the revision the caller saw.
package struct UpdateConfiguration: RPCMethod {
    package static let name = "updateConfiguration"
    package static let access = Access.admin

    /// Nil for an id that nothing can have.
    package var id: ConfigurationID?
    /// Nil changes whatever revision there is.
    package var revision: UInt64?
    package var patch: JSONObject
    package var context: ParamsReader.Context

    package typealias Result = ConfigurationView

    package static func decode(_ params: ParamsReader) -> UpdateConfiguration? {
        let id = params.requiredString("id")
        let revision = params.int("revision", in: 0...Int.max)
        guard params.has("patch") else {
            params.fault("patch", "is required")
            return nil
        }
        guard let patch = params.object("patch") else { return nil }
        let members = patch.takeMembers()
        for (name, _) in members where ConfigurationView.outputMembers.contains(name) {
            patch.fault(name, "is only answered and cannot be set")
        }
        if let paused = members.first(where: { $0.name == "paused" })?.value, paused.boolValue == nil {
            patch.fault("paused", "must be true or false")
        }
        guard let id else { return nil }
        return UpdateConfiguration(
            id: ConfigurationID(id),
            revision: revision.map { UInt64($0) },
            patch: JSONObject(members.map { ($0.name, $0.value) }),
            context: params.context
        )
    }

    /// The configuration that the patch makes of this one, checked like a new one.
    ///
    /// - Throws: `ErrorObject` INVALID_ARGUMENT with every fault, its paths below `patch`.
    package func apply(to configuration: Configuration) throws(ErrorObject) -> Configuration {
        var patch = patch
        let isPaused = patch["paused"]?.boolValue
        patch["paused"] = nil
        let current = JSONValue.object(configuration.input(withSecret: true))
        guard let merged = current.merging(patch: .object(patch)).objectValue else { return configuration }
        let reader = ParamsReader(["patch": .object(merged)], context: context)
        guard let members = reader.object("patch") else { return configuration }
        let changed = ConfigurationReader.read(members)
        members.finish()
        guard reader.violations.isEmpty, var changed else { throw .invalidArgument(reader.violations) }
        changed.isPaused = isPaused ?? configuration.isPaused
        return changed
    }
}
