import JSON

/// Ends a call of the same connection that is still waiting; the call itself is answered with CANCELLED.
package struct CancelCall: RPCMethod {
    package typealias Result = Empty

    package static let name = "rpc.cancel"
    package static let access = Access.any
    package static let positionalParameters = ["id"]

    /// Checks the id's kind; which call it names is decided by its bytes as written.
    package static func decode(_ params: ParamsReader) -> CancelCall? {
        guard params.contains("id") else {
            params.fault("id", "is required")
            return nil
        }
        switch params.value("id") {
        case nil, .string, .number: return CancelCall()
        default:
            params.fault("id", "must be a string, a number or null")
            return nil
        }
    }
}
