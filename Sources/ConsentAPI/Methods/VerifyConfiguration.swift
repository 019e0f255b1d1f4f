package import Consent
package import JSON

/// Looks at everything in an org that a configuration's deliveries will need, and writes nothing there.
package struct VerifyConfiguration: RPCMethod {
    package static let name = "verifyConfiguration"
    package static let access = Access.admin

    package var subject: Subject

    /// Which configuration it is about.
    package enum Subject: Sendable {
        /// One that is stored; nil for an id that nothing can have.
        case stored(ConfigurationID?)
        /// One that the caller brings along; it is not stored.
        case draft(Configuration)
    }

    package static func decode(_ params: ParamsReader) -> VerifyConfiguration? {
        let id = params.string("id")
        let draft = params.object("configuration")
        guard (id == nil) != (draft == nil) else {
            if params.violations.isEmpty { params.fault("id", "give either id or configuration") }
            return nil
        }
        guard let draft else { return VerifyConfiguration(subject: .stored(id.flatMap { ConfigurationID($0) })) }
        defer { draft.finish() }
        return ConfigurationReader.read(draft).map { VerifyConfiguration(subject: .draft($0)) }
    }

    /// The checks in the order they were made.
    package struct Result: JSONEncodable, Sendable {
        package var checks: [VerificationCheck]

        package init(checks: [VerificationCheck]) {
            self.checks = checks
        }

        /// Whether deliveries would work, with or without a risk.
        package var isOK: Bool { checks.allSatisfy { $0.status != .fail } }

        package func write(to writer: inout JSONWriter) {
            writer.beginObject()
            writer.member("ok", isOK)
            writer.key("checks")
            writer.beginArray()
            for check in checks {
                writer.beginObject()
                writer.member("check", check.check)
                writer.member("status", check.status.rawValue)
                if let field = check.field { writer.member("field", field) }
                writer.member("message", check.message)
                writer.endObject()
            }
            writer.endArray()
            writer.endObject()
        }
    }
}
