package import JSON

/// Gives the protocol as an OpenRPC document.
package struct Discover: RPCMethod {
    package static let name = "rpc.discover"
    package static let access = Access.any

    package static func decode(_ params: ParamsReader) -> Discover? {
        Discover()
    }

    /// The document, as it was made at the start.
    package struct Result: JSONEncodable, Sendable {
        package var document: [UInt8]

        package init(document: [UInt8]) {
            self.document = document
        }

        package func write(to writer: inout JSONWriter) {
            writer.raw(document)
        }
    }
}
