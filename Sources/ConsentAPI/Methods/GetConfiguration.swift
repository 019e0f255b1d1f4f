package import Consent
import JSON

/// Gives one configuration, by id or by name.
package struct GetConfiguration: RPCMethod {
    package static let name = "getConfiguration"
    package static let access = Access.admin
    package static let positionalParameters = ["id", "name"]

    package var key: Key

    package typealias Result = ConfigurationView

    /// How the configuration is named.
    ///
    /// An id that nothing can have is as unknown as one that nothing has.
    package enum Key: Equatable, Sendable {
        case id(ConfigurationID?)
        case name(String)
    }

    package static func decode(_ params: ParamsReader) -> GetConfiguration? {
        let id = params.string("id")
        let name = params.string("name")
        guard (id == nil) != (name == nil) else {
            if params.violations.isEmpty { params.fault("id", "give either id or name") }
            return nil
        }
        if let id { return GetConfiguration(key: .id(ConfigurationID(id))) }
        return name.map { GetConfiguration(key: .name($0)) }
    }
}
