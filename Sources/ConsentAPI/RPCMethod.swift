package import JSON
import JSONRPC

/// A method of the protocol: its name, who may call it, and its parameters as a valid value.
///
/// Decoding yields a valid value or every fault at once; handlers never see JSON.
package protocol RPCMethod: Sendable {
    /// The name on the wire, such as `publishConsent`.
    static var name: String { get }
    /// Which sockets the method exists on.
    static var access: Access { get }
    /// The parameters in their order where an array of them is accepted, which needs all of them to be scalars.
    static var positionalParameters: [String] { get }
    /// Whether a call with these parameters is refused on the publish socket.
    static func isAdminOnly(_ params: JSONObject) -> Bool
    /// What the method takes and gives, for the OpenRPC document.
    static var schema: MethodSchema { get }
    /// What a successful call answers.
    associatedtype Result: JSONEncodable & Sendable

    /// Reads the parameters; nil only where a fault was noted.
    static func decode(_ params: ParamsReader) -> Self?
}

extension RPCMethod {
    package static var positionalParameters: [String] { [] }

    package static func isAdminOnly(_ params: JSONObject) -> Bool { access == .admin }
}

/// Which sockets a method exists on.
package enum Access: String, Sendable {
    case any
    /// On the admin socket only; permission is denied on the other one, whoever calls.
    case admin
}

/// An answer without members.
package struct Empty: JSONEncodable, Sendable {
    package init() {}

    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.endObject()
    }
}
