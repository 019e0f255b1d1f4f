/// An item that is JSON but no request; it is always answered.
package struct InvalidRequest: Equatable, Sendable {
    /// What is wrong with an item; the raw value is the `reason` on the wire.
    package enum Reason: String, Sendable, CaseIterable {
        case notAnObject = "NOT_AN_OBJECT"
        case wrongVersion = "WRONG_VERSION"
        case invalidID = "INVALID_ID"
        case idTooLong = "ID_TOO_LONG"
        case invalidMethod = "INVALID_METHOD"
        case methodTooLong = "METHOD_TOO_LONG"
        case invalidParams = "INVALID_PARAMS_TYPE"
        case duplicateMember = "DUPLICATE_MEMBER"
        case emptyBatch = "EMPTY_BATCH"
        case batchTooLarge = "BATCH_TOO_LARGE"

        /// What is wrong, for people.
        package var message: String {
            switch self {
            case .notAnObject: "a request is an object"
            case .wrongVersion: "jsonrpc is not \"2.0\""
            case .invalidID: "id is neither string nor number nor null"
            case .idTooLong: "id is longer than \(RequestID.byteCountMax) bytes"
            case .invalidMethod: "method is not a string"
            case .methodTooLong: "method is longer than \(Request.methodByteCountMax) bytes"
            case .invalidParams: "params is neither object nor array"
            case .duplicateMember: "an object has two members of the same name"
            case .emptyBatch: "a batch is not empty"
            case .batchTooLarge: "a batch has at most \(Message.itemCountMax) items"
            }
        }
    }

    /// The id to answer with: the item's own where it is usable, else `null`.
    package var id: RequestID
    /// What is wrong.
    package var reason: Reason

    /// Creates the answer to an item.
    package init(id: RequestID, reason: Reason) {
        self.id = id
        self.reason = reason
    }

    /// The error to answer with.
    package var error: ErrorObject { .invalidRequest(reason) }
}
