package import JSON

/// Tells whether the daemon, or one configuration by its name, is serving (as `grpc.health.v1` does).
package struct CheckHealth: RPCMethod {
    package static let name = "health.check"
    package static let access = Access.any
    package static let positionalParameters = ["service"]

    /// Empty for the daemon as a whole.
    package var service: String

    package static func decode(_ params: ParamsReader) -> CheckHealth? {
        CheckHealth(service: params.string("service", allowsEmpty: true) ?? "")
    }

    /// The health itself.
    package struct Result: JSONEncodable, Sendable {
        package var isServing: Bool

        package init(isServing: Bool) {
            self.isServing = isServing
        }

        package func write(to writer: inout JSONWriter) {
            writer.beginObject()
            writer.member("status", isServing ? "SERVING" : "NOT_SERVING")
            writer.endObject()
        }
    }
}
