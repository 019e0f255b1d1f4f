package import Consent
package import JSON

/// Gives all configurations, a page at a time, in the order they were created.
package struct ListConfigurations: RPCMethod {
    package static let name = "listConfigurations"
    package static let access = Access.admin
    package static let positionalParameters = ["page_size", "page_token"]

    package var paging: Paging<ConfigurationID>

    package static func decode(_ params: ParamsReader) -> ListConfigurations? {
        ListConfigurations(paging: .decode(params))
    }

    /// A page of configurations.
    package struct Result: JSONEncodable, Sendable {
        package var configurations: [ConfigurationView]
        package var nextPageToken: String?

        package init(configurations: [ConfigurationView], next: ConfigurationID?) {
            self.configurations = configurations
            nextPageToken = next.map { PageToken($0).text }
        }

        package func write(to writer: inout JSONWriter) {
            writer.beginObject()
            writer.member("configurations", configurations)
            writer.member("next_page_token", ifPresent: nextPageToken)
            writer.endObject()
        }
    }
}
