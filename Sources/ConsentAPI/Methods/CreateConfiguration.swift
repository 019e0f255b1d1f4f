package import Consent
import JSON

/// Adds a configuration: an org, one kind of record, and which choice goes into which field.
package struct CreateConfiguration: RPCMethod {
    package static let name = "createConfiguration"
    package static let access = Access.admin

    /// The configuration without id, revision and times; its name is empty where the caller left it to us.
    package var draft: Configuration

    package typealias Result = ConfigurationView

    package static func decode(_ params: ParamsReader) -> CreateConfiguration? {
        ConfigurationReader.read(params).map { CreateConfiguration(draft: $0) }
    }
}
